import ServiceLifecycle

/// A service with a name for the log.
///
/// The lifecycle library calls a service what `"\(service)"` says. Of one without a description that is everything it holds,
/// told by reflection: a fifth of the instructions of the daemon's start.
protocol NamedService: Service, CustomStringConvertible {
    static var name: String { get }
}

extension NamedService {
    var description: String { Self.name }
}
