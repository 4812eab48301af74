public import OmniJSON

/// Stored settings of backups: when they are made, and how long they are kept.
public struct BackupSettings: Sendable, Hashable {
    /// Whether backups are made without being asked for.
    ///
    /// Default: true. Nothing is made while nothing changes.
    public var isAutomatic = true
    /// The least time between two of these, in hours.
    ///
    /// Default: 24. Range: 1 ... 720.
    public var intervalHours = 24
    /// How many backups are kept, of whatever reason; the oldest go first.
    ///
    /// Default: 20. Range: 2 ... 1000.
    public var keepCount = 20
    /// How long backups are kept, in days; the newest one stays.
    ///
    /// Default: 90. Range: 1 ... 3650.
    public var keepDays = 90

    public init() {}

    /// Which of several backups go.
    ///
    /// - Parameters:
    ///   - backups: in any order.
    ///   - now: milliseconds since 1970.
    public func expired(_ backups: [BackupID], at now: Int64) -> [BackupID] {
        let ordered = backups.sorted { $0.createdAt > $1.createdAt }
        let oldest = now - Int64(keepDays) * 86_400_000
        return ordered.enumerated().filter { index, backup in
            index >= keepCount || index > 0 && backup.createdAt < oldest
        }.map(\.element)
    }

    /// Whether it is time for an automatic backup.
    ///
    /// - Parameters:
    ///   - last: when the newest automatic backup was made; nil for never. Milliseconds since 1970, as `now`.
    public func isDue(last: Int64?, at now: Int64) -> Bool {
        guard isAutomatic else { return false }
        guard let last else { return true }
        // A clock that was set back does not put an end to backups.
        return now < last || now - last >= Int64(intervalHours) * 3_600_000
    }
}

extension BackupSettings {
    public static let names: Set<String> = ["automatic", "intervalHours", "keepCount", "keepDays"]

    /// Takes over the members that are there; `null` takes one back to its default.
    /// - Returns: the ways to members nobody reads.
    @discardableResult
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        let usual = BackupSettings()
        if fields.has("automatic") {
            var flag: Bool?
            try fields.read("automatic", into: &flag)
            isAutomatic = flag ?? usual.isAutomatic
        }
        func number(
            _ name: StaticString, _ target: inout Int, _ standard: Int, _ range: ClosedRange<Int>
        ) throws(FieldFault) {
            guard fields.has(name) else { return }
            var value: Int?
            try fields.read(name, into: &value, in: range)
            target = value ?? standard
        }
        try number("intervalHours", &intervalHours, usual.intervalHours, 1...720)
        try number("keepCount", &keepCount, usual.keepCount, 2...1000)
        try number("keepDays", &keepDays, usual.keepDays, 1...3650)
        return fields.unknown(besides: Self.names)
    }

    public func writeMembers(into writer: inout JSONWriter) {
        writer.key("automatic")
        writer.value(isAutomatic)
        writer.key("intervalHours")
        writer.value(intervalHours)
        writer.key("keepCount")
        writer.value(keepCount)
        writer.key("keepDays")
        writer.value(keepDays)
    }
}
