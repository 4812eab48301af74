import OmniJSON

/// Where the configuration is synchronised to, how often, and what of it.
///
/// Its description shows no secret.
public struct SyncSettings: Sendable, Hashable, CustomStringConvertible {
    public var isEnabled = false
    public var endpoint: SyncPlace
    public var passphrase: String
    /// What the bundle may still be sealed with after the passphrase was changed.
    public var formerPassphrase: String?
    public var choices = SyncChoice.usual
    /// How long between two runs: one minute to seven days, 15 minutes unless set.
    public var interval: Duration = .seconds(900)
    /// How this machine is called in what others are shown.
    public var machine: String

    public static let intervals = 60...604_800

    public init(endpoint: SyncPlace, passphrase: String, machine: String) {
        self.endpoint = endpoint
        self.passphrase = passphrase
        self.machine = machine
    }

    public var description: String { "\(endpoint.kind.rawValue) at \(endpoint.url), enabled: \(isEnabled)" }

    public var intervalSeconds: Int { Int(interval.components.seconds) }

    /// Takes over what a person sent; secrets that are left out stay as long as they go to the same address.
    public static func merged(
        _ old: SyncSettings?, _ fields: JSONFields, machine: String, sealer: any SyncSealer
    ) throws(FieldFault) -> SyncSettings {
        var place = old?.endpoint
        if let nested = try fields.nested("endpoint") { place = try SyncPlace(nested, old: place) }
        guard let place else { throw FieldFault("endpoint", "required") }
        var passphrase = old?.passphrase
        if let value = fields.value("passphrase") {
            // As it is: spaces count.
            guard let text = value.string else { throw FieldFault("passphrase", "must be a string") }
            if let objection = sealer.objection(to: text) { throw FieldFault("passphrase", objection) }
            passphrase = text
        }
        guard let passphrase else { throw FieldFault("passphrase", "required") }
        var settings = old ?? SyncSettings(endpoint: place, passphrase: passphrase, machine: machine)
        settings.endpoint = place
        if let old, old.passphrase != passphrase { settings.formerPassphrase = old.passphrase }
        settings.passphrase = passphrase
        try settings.mergeChoices(fields)
        if let name = try fields.string("machineName", maximum: 100) {
            settings.machine = name.isEmpty ? machine : name
        }
        var seconds: Int? = settings.intervalSeconds
        try fields.read("interval", into: &seconds, in: intervals)
        settings.interval = .seconds(seconds ?? 900)
        return settings
    }

    private mutating func mergeChoices(_ fields: JSONFields) throws(FieldFault) {
        guard fields.has("include") else { return }
        guard let names = try fields.strings("include", maximum: 40) else {
            choices = SyncChoice.usual
            return
        }
        choices = []
        for (index, name) in names.enumerated() {
            guard let choice = SyncChoice(rawValue: name) else {
                let known = SyncChoice.allCases.map(\.rawValue).joined(separator: ", ")
                throw FieldFault("include[\(index)]", "must be one of \(known)")
            }
            choices.insert(choice)
        }
        if choices.contains(.secrets), !choices.contains(.providers) {
            throw FieldFault("include", "secrets go with the accounts they belong to: include 'providers' too")
        }
    }

    // MARK: As it is kept

    public init(stored text: String) throws {
        let fields = try JSONFields(JSONValue(parsing: Array(text.utf8)))
        guard let place = try fields.nested("endpoint") else { throw FieldFault("endpoint", "missing") }
        self.init(
            endpoint: try SyncPlace(place, old: nil), passphrase: fields.value("passphrase")?.string ?? "",
            machine: try fields.string("machine", maximum: 200) ?? "")
        formerPassphrase = fields.value("formerPassphrase")?.string
        isEnabled = fields.value("enabled")?.bool ?? false
        interval = .seconds(fields.value("interval")?.int ?? 900)
        choices = Set((try fields.strings("include", maximum: 40) ?? []).compactMap(SyncChoice.init(rawValue:)))
    }

    public var stored: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.optional("enabled", isEnabled)
        writer.key("endpoint")
        writer.beginObject()
        endpoint.writeMembers(into: &writer, showsSecrets: true)
        writer.endObject()
        writer.optional("passphrase", passphrase)
        writer.optional("formerPassphrase", formerPassphrase)
        writer.strings("include", choices.map(\.rawValue).sorted())
        writer.optional("interval", intervalSeconds)
        writer.optional("machine", machine)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
