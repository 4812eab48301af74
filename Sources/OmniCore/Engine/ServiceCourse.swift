/// A request that is no chat: read once, then asked of one target after the other until one answers.
///
/// A class, because it is large and few requests have one.
protocol ServiceCourse: AnyObject, Sendable {
    /// One attempt from its beginning to its end.
    ///
    /// What it throws is told as the attempt's failure.
    func attempt(_ target: Target, of execution: inout RequestExecution) async throws -> RequestExecution.Outcome
}
