public import OmniJSON
import OmniTranslate

/// Policies as the management API and the store write them.
extension RouterPolicy {
    private static let names: Set<String> = ["id", "name", "enabled", "priority", "match", "action"]

    /// Takes over the members that are there; conditions that are sent take the place of all before.
    ///
    /// What nobody knows is refused: a condition left out would make a rule for more than was meant.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        try Self.refuseUnknown(fields, besides: Self.names)
        if fields.has("name") {
            name = try fields.string("name", maximum: 200) ?? ""
            guard !name.isEmpty else { throw FieldFault(fields.path("name"), "must not be empty") }
        }
        try fields.read("enabled", into: &isEnabled, default: true) { value throws(FieldFault) in
            try fields.read("enabled", into: &value)
        }
        try fields.read("priority", into: &priority, default: 0) { value throws(FieldFault) in
            try fields.read("priority", into: &value, in: -1_000_000...1_000_000)
        }
        if fields.has("match") {
            match = Match()
            if let conditions = try fields.nested("match") { match = try Match(conditions) }
        }
        if fields.has("action") { action = try Self.action(fields) }
    }

    private static func action(_ fields: JSONFields) throws(FieldFault) -> Action {
        let path = fields.path("action")
        // A word is enough for what needs no more.
        switch fields.value("action")?.string {
        case "allow": return .allow
        case "deny": return .deny(reason: nil)
        default: break
        }
        guard let object = try fields.nested("action") else { throw FieldFault(path, "required") }
        try refuseUnknown(object, besides: ["type", "reason", "model", "combo"])
        switch try object.string("type", maximum: 40) {
        case "allow": return .allow
        case "deny": return .deny(reason: try object.string("reason", maximum: 500))
        case "rewrite":
            guard let model = try object.string("model", maximum: 400), !model.isEmpty else {
                throw FieldFault(object.path("model"), "required")
            }
            return .rewrite(model: model)
        case "force":
            guard let combo = try object.string("combo", maximum: 200), !combo.isEmpty else {
                throw FieldFault(object.path("combo"), "required")
            }
            return .force(combo: combo)
        default: throw FieldFault(object.path("type"), "must be one of allow, deny, rewrite, force")
        }
    }

    fileprivate static func refuseUnknown(_ fields: JSONFields, besides known: Set<String>) throws(FieldFault) {
        guard let unknown = fields.unknown(besides: known).first else { return }
        throw FieldFault(unknown, "is not known here; there are \(known.sorted().joined(separator: ", "))")
    }

    /// The members ``merge(_:)`` reads, in an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.key("id")
        writer.string(id)
        writer.key("name")
        writer.string(name)
        writer.key("enabled")
        writer.value(isEnabled)
        writer.key("priority")
        writer.value(priority)
        writer.key("match")
        match.write(into: &writer)
        writer.key("action")
        action.write(into: &writer)
    }
}

extension RouterPolicy.Action {
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        switch self {
        case .allow: writer.value("allow")
        case .deny(let reason):
            writer.value("deny")
            if let reason {
                writer.key("reason")
                writer.string(reason)
            }
        case .rewrite(let model):
            writer.value("rewrite")
            writer.key("model")
            writer.string(model)
        case .force(let combo):
            writer.value("force")
            writer.key("combo")
            writer.string(combo)
        }
        writer.endObject()
    }
}

extension RouterPolicy.Match {
    fileprivate init(_ fields: JSONFields) throws(FieldFault) {
        self.init()
        try RouterPolicy.refuseUnknown(
            fields,
            besides: [
                "keys", "models", "formats", "times", "minInputTokens", "maxInputTokens", "minCostUsd", "maxCostUsd",
            ])
        clientKeys = Set((try fields.strings("keys", maximum: 200) ?? []).map { ClientKeyID($0) })
        models = try fields.strings("models", maximum: 400) ?? []
        for (index, name) in (try fields.strings("formats", maximum: 40) ?? []).enumerated() {
            guard let format = WireFormat(rawValue: name) else {
                let names = WireFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw FieldFault(fields.path("formats[\(index)]"), "must be one of \(names)")
            }
            clientFormats.insert(format)
        }
        if let list = fields.value("times") {
            guard list.kind == .array else { throw FieldFault(fields.path("times"), "must be an array") }
            for (index, value) in list.elements.enumerated() {
                times.append(try TimeWindow(JSONFields(value, path: fields.path("times[\(index)]"))))
            }
        }
        try fields.read("minInputTokens", into: &minimumInput, in: 0...1_000_000_000)
        try fields.read("maxInputTokens", into: &maximumInput, in: 0...1_000_000_000)
        try fields.read("minCostUsd", into: &minimumCost, in: 0...1_000_000)
        try fields.read("maxCostUsd", into: &maximumCost, in: 0...1_000_000)
    }

    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.strings("keys", clientKeys.map(\.rawValue).sorted())
        writer.strings("models", models)
        writer.strings("formats", clientFormats.map(\.rawValue).sorted())
        writer.key("times")
        writer.beginArray()
        for time in times { time.write(into: &writer) }
        writer.endArray()
        writer.optional("minInputTokens", minimumInput)
        writer.optional("maxInputTokens", maximumInput)
        writer.optional("minCostUsd", minimumCost)
        writer.optional("maxCostUsd", maximumCost)
        writer.endObject()
    }
}

extension TimeWindow {
    fileprivate init(_ fields: JSONFields) throws(FieldFault) {
        self.init()
        try RouterPolicy.refuseUnknown(fields, besides: ["days", "from", "until", "utcOffsetMinutes"])
        if let days = fields.value("days") {
            for day in days.elements {
                guard let number = day.int, (0...6).contains(number) else {
                    throw FieldFault(fields.path("days"), "must be numbers from 0 (Sunday) to 6")
                }
                weekdays.insert(number)
            }
            guard days.kind == .array else { throw FieldFault(fields.path("days"), "must be an array") }
        }
        start = try Self.minutes("from", in: fields) ?? 0
        end = try Self.minutes("until", in: fields) ?? 1440
        guard start < 1440 else { throw FieldFault(fields.path("from"), "must be before 24:00") }
        var offset: Int?
        try fields.read("utcOffsetMinutes", into: &offset, in: -720...840)
        zoneOffset = offset ?? 0
    }

    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("days")
        writer.beginArray()
        for day in weekdays.sorted() { writer.value(day) }
        writer.endArray()
        writer.key("from")
        writer.string(Self.clock(start))
        writer.key("until")
        writer.string(Self.clock(end))
        writer.key("utcOffsetMinutes")
        writer.value(zoneOffset)
        writer.endObject()
    }

    private static func minutes(_ name: StaticString, in fields: JSONFields) throws(FieldFault) -> Int? {
        guard let text = try fields.string(name, maximum: 10) else { return nil }
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces.allSatisfy({ $0.utf8.count == 2 }), let hours = UInt8(pieces[0]),
            let minutes = UInt8(pieces[1]), minutes < 60, Int(hours) * 60 + Int(minutes) <= 1440
        else { throw FieldFault(fields.path("\(name)"), "must be a time such as 08:30, at most 24:00") }
        return Int(hours) * 60 + Int(minutes)
    }

    private static func clock(_ minutes: Int) -> String {
        let (hours, rest) = minutes.quotientAndRemainder(dividingBy: 60)
        return (hours < 10 ? "0" : "") + "\(hours):" + (rest < 10 ? "0" : "") + "\(rest)"
    }
}
