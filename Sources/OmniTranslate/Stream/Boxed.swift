/// A value that is mostly absent, kept outside of its owner: where there is none it takes a word instead of its whole size.
///
/// Has the semantics of an optional value. Changes are made in place while there is one owner.
struct Boxed<Value: Sendable>: Sendable {
    // One element or none: an array is the box that copies when it must and only then.
    private var values: [Value]

    init(_ value: Value?) { values = value.map { [$0] } ?? [] }

    static var absent: Boxed { Boxed(nil) }

    var isPresent: Bool { !values.isEmpty }

    var value: Value? { values.first }

    /// Changes the value; does nothing where there is none.
    @inline(__always)  // Called for every event of a stream with closures that are one call.
    mutating func change(_ change: (inout Value) -> Void) {
        if !values.isEmpty { change(&values[0]) }
    }
}
