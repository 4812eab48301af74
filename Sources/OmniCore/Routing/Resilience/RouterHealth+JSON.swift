import OmniJSON

/// Keeps what is known of accounts and models over a restart.
public protocol RoutingHealthStore: Sendable {
    /// What was kept last, as ``RouterHealth/Snapshot/json``; nil when nothing was.
    func routingHealth() async throws -> String?
    func setRoutingHealth(_ json: String) async throws
}

extension RouterHealth.Snapshot {
    /// As text, to be stored.
    public var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("accounts")
        writer.beginArray()
        for account in accounts {
            writer.beginObject()
            writer.key("connection")
            writer.string(account.connection.rawValue)
            writer.write(account.cooldown, account.breaker, account.limits)
            if let quota = account.quota, let resetsAt = account.quotaResetsAt {
                writer.write("quota", quota)
                writer.key("quotaResetsAt")
                writer.value(Int(resetsAt))
            }
            if !account.windows.isEmpty { writer.write(account.windows) }
            writer.endObject()
        }
        writer.endArray()
        writer.key("models")
        writer.beginArray()
        for model in models {
            writer.beginObject()
            writer.key("connection")
            writer.string(model.connection.rawValue)
            writer.key("model")
            writer.string(model.model)
            writer.write(model.cooldown, model.breaker, model.limits)
            writer.endObject()
        }
        writer.endArray()
        writer.write("combos", combos)
        writer.write("steps", steps)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads ``json``; what cannot be read is left out, for a router that knows less serves all the same.
    public init(json: String) {
        self.init()
        // As said: a damaged text is no news.
        guard let root = try? JSONValue(parsing: Array(json.utf8)) else { return }
        for entry in root["accounts"].map({ Array($0.elements) }) ?? [] {
            guard let connection = entry["connection"]?.string else { continue }
            accounts.append(
                RouterHealth.AccountState(
                    connection: ConnectionID(connection), cooldown: entry.cooldown, breaker: entry.breaker,
                    limits: entry.limits, quota: entry["quota"]?.double,
                    quotaResetsAt: entry["quotaResetsAt"]?.int.map(Int64.init),
                    windows: entry["windows"]?.elements.compactMap(\.window) ?? []))
        }
        for entry in root["models"].map({ Array($0.elements) }) ?? [] {
            guard let connection = entry["connection"]?.string, let model = entry["model"]?.string else { continue }
            models.append(
                RouterHealth.ModelState(
                    connection: ConnectionID(connection), model: model, cooldown: entry.cooldown,
                    breaker: entry.breaker, limits: entry.limits))
        }
        combos = root["combos"]?.elements.compactMap(\.counts) ?? []
        steps = root["steps"]?.elements.compactMap(\.counts) ?? []
    }
}

extension JSONWriter {
    fileprivate mutating func write(
        _ cooldown: RouterHealth.CooldownState?, _ breaker: RouterHealth.BreakerState?,
        _ limits: RouterHealth.LimitState?
    ) {
        if let cooldown {
            key("cooldown")
            beginObject()
            key("until")
            value(Int(cooldown.until))
            key("probeAfter")
            value(Int(cooldown.probeAfter))
            key("level")
            value(cooldown.level)
            key("reason")
            string(cooldown.reason.rawValue)
            key("isExplicit")
            value(cooldown.isExplicit)
            endObject()
        }
        if let breaker {
            key("breaker")
            beginObject()
            key("openUntil")
            value(Int(breaker.openUntil))
            key("openings")
            value(breaker.openings)
            endObject()
        }
        if let limits {
            key("limits")
            beginObject()
            write("requests", limits.requests)
            write("tokens", limits.tokens)
            endObject()
        }
    }

    fileprivate mutating func write(_ windows: [SubscriptionWindow]) {
        key("windows")
        beginArray()
        for window in windows {
            beginObject()
            key("name")
            string(window.name)
            write("used", window.used)
            if let resetsAt = window.resetsAt {
                key("resetsAt")
                value(Int(resetsAt))
            }
            key("toldAt")
            value(Int(window.toldAt))
            endObject()
        }
        endArray()
    }

    fileprivate mutating func write(_ name: StaticString, _ states: [RouterHealth.CountState]) {
        key(name)
        beginArray()
        for state in states {
            beginObject()
            key("key")
            string(state.key)
            let numbers: [(StaticString, Int)] = [
                ("requests", state.counts.requests), ("successes", state.counts.successes),
                ("failures", state.counts.failures), ("fallbacks", state.counts.fallbacks),
                ("answers", state.counts.answers), ("latency", Int(clamping: state.counts.latency)),
                ("lastStatus", state.counts.lastStatus), ("lastUsedAt", Int(state.lastUsedAt)),
            ]
            for (name, number) in numbers {
                key(name)
                value(number)
            }
            endObject()
        }
        endArray()
    }

    private mutating func write(_ name: StaticString, _ bucket: RouterHealth.BucketState?) {
        guard let bucket else { return }
        key(name)
        beginObject()
        write("capacity", bucket.capacity)
        write("available", bucket.available)
        write("perSecond", bucket.perSecond)
        key("at")
        value(Int(bucket.at))
        endObject()
    }

    fileprivate mutating func write(_ name: StaticString, _ number: Double) {
        guard number.isFinite else { return }
        key(name)
        raw(Array("\(number)".utf8)[...])
    }
}

extension JSONValue {
    fileprivate var counts: RouterHealth.CountState? {
        guard let key = self["key"]?.string else { return nil }
        func number(_ name: StaticString) -> Int { max(0, self[name]?.int ?? 0) }
        var counts = ServingCounts()
        counts.requests = number("requests")
        counts.successes = number("successes")
        counts.failures = number("failures")
        counts.fallbacks = number("fallbacks")
        counts.answers = number("answers")
        counts.latency = UInt64(number("latency"))
        counts.lastStatus = number("lastStatus")
        return RouterHealth.CountState(key: key, counts: counts, lastUsedAt: Int64(number("lastUsedAt")))
    }

    fileprivate var window: SubscriptionWindow? {
        guard let name = self["name"]?.string, let used = self["used"]?.double, used >= 0,
            let toldAt = self["toldAt"]?.int
        else { return nil }
        return SubscriptionWindow(
            name: name, used: used, resetsAt: self["resetsAt"]?.int.map(Int64.init), toldAt: Int64(toldAt))
    }

    fileprivate var cooldown: RouterHealth.CooldownState? {
        guard let value = self["cooldown"], let until = value["until"]?.int, let level = value["level"]?.int,
            let reason = value["reason"]?.string.flatMap(FailureClass.init(rawValue:))
        else { return nil }
        return RouterHealth.CooldownState(
            until: Int64(until), probeAfter: Int64(value["probeAfter"]?.int ?? until), level: level, reason: reason,
            isExplicit: value["isExplicit"]?.bool ?? false)
    }

    fileprivate var breaker: RouterHealth.BreakerState? {
        guard let value = self["breaker"], let until = value["openUntil"]?.int, let openings = value["openings"]?.int
        else { return nil }
        return RouterHealth.BreakerState(openUntil: Int64(until), openings: openings)
    }

    fileprivate var limits: RouterHealth.LimitState? {
        guard let value = self["limits"] else { return nil }
        return RouterHealth.LimitState(requests: value["requests"]?.bucket, tokens: value["tokens"]?.bucket)
    }

    private var bucket: RouterHealth.BucketState? {
        guard let capacity = self["capacity"]?.double, let available = self["available"]?.double,
            let perSecond = self["perSecond"]?.double, let at = self["at"]?.int
        else { return nil }
        return RouterHealth.BucketState(
            capacity: capacity, available: available, perSecond: perSecond, at: Int64(at))
    }
}
