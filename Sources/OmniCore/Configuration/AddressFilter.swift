public import OmniJSON

/// From which addresses the router may be called.
public struct AddressFilter: Sendable, Hashable {
    public enum Mode: String, Sendable, CaseIterable {
        /// All but those of the black list.
        case blacklist
        /// Only those of the white list.
        case whitelist
        /// All but those of the black list that are not on the white list too.
        case whitelistPriority = "whitelist-priority"
    }

    /// An address that is kept out for a while, whatever the lists say.
    public struct Ban: Sendable, Hashable {
        public var address: InternetAddress
        /// Milliseconds since 1970.
        public var until: Int64
        public var reason: String
    }

    private static let maximumBans = 1000

    public var isEnabled = false
    public var mode = Mode.blacklist
    public var denied: [AddressRange] = []
    public var allowed: [AddressRange] = []
    public var bans: [Ban] = []

    public init() {}

    /// - Parameter wall: milliseconds since 1970.
    public func admits(_ address: InternetAddress, at wall: Int64) -> Bool {
        guard isEnabled else { return true }
        if bans.contains(where: { $0.address == address && $0.until > wall }) { return false }
        switch mode {
        case .blacklist: return !denied.contains { $0.contains(address) }
        case .whitelist: return allowed.contains { $0.contains(address) }
        case .whitelistPriority:
            return allowed.contains { $0.contains(address) } || !denied.contains { $0.contains(address) }
        }
    }
}

extension AddressFilter {
    public static let names: Set<String> = [
        "enabled", "mode", "blacklist", "whitelist", "tempBans", "addBlacklist", "removeBlacklist", "addWhitelist",
        "removeWhitelist", "tempBan", "removeBan",
    ]

    /// Takes over the members that are there: whole lists, or single entries to add and remove.
    /// - Parameter wall: milliseconds since 1970; bans that are over are forgotten.
    public mutating func merge(_ fields: JSONFields, at wall: Int64) throws(FieldFault) {
        try fields.read("enabled", into: &isEnabled, default: false) { value throws(FieldFault) in
            try fields.read("enabled", into: &value)
        }
        if fields.has("mode") { mode = try Self.mode(fields) }
        try Self.read("blacklist", into: &denied, fields)
        try Self.read("whitelist", into: &allowed, fields)
        try Self.edit(&denied, add: "addBlacklist", remove: "removeBlacklist", fields)
        try Self.edit(&allowed, add: "addWhitelist", remove: "removeWhitelist", fields)
        bans.removeAll { $0.until <= wall }
        if let ban = try fields.nested("tempBan") {
            guard let address = try Self.address("ip", in: ban) else { throw FieldFault(ban.path("ip"), "required") }
            var duration: Int?
            try ban.read("durationMs", into: &duration, in: 1000...31_536_000_000)
            bans.removeAll { $0.address == address }
            bans.append(
                Ban(
                    address: address, until: wall + Int64(duration ?? 3_600_000),
                    reason: try ban.string("reason", maximum: 200) ?? ""))
            guard bans.count <= Self.maximumBans else { throw FieldFault("tempBan", "more than \(Self.maximumBans)") }
        }
        if let address = try Self.address("removeBan", in: fields) { bans.removeAll { $0.address == address } }
    }

    /// Reads what ``writeMembers(into:at:)`` wrote.
    public init(stored fields: JSONFields, at wall: Int64) throws(FieldFault) {
        try merge(fields, at: wall)
        for value in fields.value("tempBans").map({ Array($0.elements) }) ?? [] {
            let ban = try JSONFields(value, path: "tempBans")
            guard let address = try Self.address("ip", in: ban), let until = ban.value("until")?.int else { continue }
            bans.append(
                Ban(address: address, until: Int64(until), reason: try ban.string("reason", maximum: 200) ?? ""))
        }
    }

    /// The members of the setting, in an object that was begun; bans that are over are left out.
    public func writeMembers(into writer: inout JSONWriter, at wall: Int64) {
        writer.key("enabled")
        writer.value(isEnabled)
        writer.key("mode")
        writer.string(mode.rawValue)
        writer.strings("blacklist", denied.map(\.description))
        writer.strings("whitelist", allowed.map(\.description))
        writer.key("tempBans")
        writer.beginArray()
        for ban in bans where ban.until > wall {
            writer.beginObject()
            writer.key("ip")
            writer.string(ban.address.description)
            writer.key("until")
            writer.value(Int(ban.until))
            writer.key("reason")
            writer.string(ban.reason)
            writer.key("remainingMs")
            writer.value(Int(ban.until - wall))
            writer.endObject()
        }
        writer.endArray()
    }

    private static func mode(_ fields: JSONFields) throws(FieldFault) -> Mode {
        // The shorter words for the same.
        switch try fields.string("mode", maximum: 100) {
        case "deny": return .blacklist
        case "allow": return .whitelist
        default: return try fields.choice("mode") ?? .blacklist
        }
    }

    private static func read(
        _ name: StaticString, into list: inout [AddressRange], _ fields: JSONFields
    ) throws(FieldFault) {
        guard fields.has(name) else { return }
        list = []
        for (index, text) in (try fields.strings(name, maximum: 100, count: 10_000) ?? []).enumerated() {
            list.append(try range(text, at: fields.path("\(name)[\(index)]")))
        }
    }

    private static func edit(
        _ list: inout [AddressRange], add: StaticString, remove: StaticString, _ fields: JSONFields
    ) throws(FieldFault) {
        if let text = try fields.string(add, maximum: 100) {
            let range = try range(text, at: fields.path("\(add)"))
            if !list.contains(range) { list.append(range) }
        }
        if let text = try fields.string(remove, maximum: 100) {
            let range = try range(text, at: fields.path("\(remove)"))
            list.removeAll { $0 == range }
        }
    }

    private static func range(_ text: String, at path: String) throws(FieldFault) -> AddressRange {
        guard let range = AddressRange(text) else {
            throw FieldFault(path, "must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32")
        }
        return range
    }

    private static func address(_ name: StaticString, in fields: JSONFields) throws(FieldFault) -> InternetAddress? {
        guard let text = try fields.string(name, maximum: 100) else { return nil }
        guard let address = InternetAddress(text) else {
            throw FieldFault(fields.path("\(name)"), "must be an address")
        }
        return address
    }
}
