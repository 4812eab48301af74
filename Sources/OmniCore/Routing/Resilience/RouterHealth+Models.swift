extension RouterHealth {
    /// Forgets cooldown, breaker and learnt limits of one model on one connection; what holds for the whole account stays.
    /// - Parameter name: as the upstream knows it, in any case.
    /// - Returns: false when nothing stood against it.
    public mutating func reset(_ connection: ConnectionID, model name: String) -> Bool {
        guard let account = position(of: connection) else { return false }
        let lowered = name.lowercased()
        var isChanged = false
        for index in models.indices
        where models[index].account == account && modelNames[index].lowercased() == lowered {
            isChanged = isChanged || !models[index].cooldown.isHealthy || models[index].breaker.openings > 0
            models[index].cooldown = Cooldown()
            models[index].breaker = CircuitBreaker()
            models[index].probe = RecoveryProbe()
            models[index].limiter = RateLimiter()
        }
        if isChanged { revision += 1 }
        return isChanged
    }
}
