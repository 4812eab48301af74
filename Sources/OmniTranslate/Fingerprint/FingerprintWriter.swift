import OmniJSON

/// Bytes that are equal exactly when what was written is: each value behind a mark, each text behind its length.
struct FingerprintWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Says what comes next: one ASCII character whose meaning follows from what was written before it.
    mutating func mark(_ mark: Character) {
        bytes.append(mark.asciiValue ?? 0)
    }

    mutating func number(_ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ literal: String) {
        number(literal.utf8.count)
        bytes.append(contentsOf: literal.utf8)
    }

    /// What a text says, whichever escapes it was written with.
    mutating func text(_ text: JSONText) {
        guard text.escaped.contains(UInt8(ascii: "\\")) else {
            number(text.escaped.count)
            bytes.append(contentsOf: text.escaped)
            return
        }
        let decoded = text.decodedBytes
        number(decoded.count)
        bytes.append(contentsOf: decoded)
    }

    /// A number by its value: `0`, `0.0` and `0e1` are one.
    mutating func number(_ number: JSONNumber) {
        if let whole = number.int {
            mark("i")
            self.number(whole)
        } else if let value = number.double {
            mark("d")
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        } else {
            mark("n")
            self.number(number.text.count)
            bytes.append(contentsOf: number.text)
        }
    }

    /// A value without regard to white space and escapes.
    ///
    /// The order of members counts: models write objects in the order of their schema.
    mutating func value(_ value: JSONValue) {
        switch value.kind {
        case .null: mark("0")
        case .bool: mark(value.bool == true ? "+" : "-")
        case .number: if let number = value.number { self.number(number) }
        case .string:
            mark("s")
            text(value.text ?? .empty)
        case .array:
            mark("[")
            for element in value.elements { self.value(element) }
            mark("]")
        case .object:
            mark("{")
            for member in value.members {
                mark("s")
                text(member.name)
                self.value(member.value)
            }
            mark("}")
        }
    }
}

extension FingerprintWriter {
    // MARK: Parts that may be missing

    mutating func field(_ mark: Character, _ text: JSONText?) {
        guard let text else { return }
        self.mark(mark)
        self.text(text)
    }

    mutating func field(_ mark: Character, _ number: JSONNumber?) {
        guard let number else { return }
        self.mark(mark)
        self.number(number)
    }

    mutating func field(_ mark: Character, _ number: Int?) {
        guard let number else { return }
        self.mark(mark)
        self.number(number)
    }

    mutating func field(_ mark: Character, _ value: JSONValue?) {
        guard let value else { return }
        self.mark(mark)
        self.value(value)
    }

    /// For what is off unless it is asked for.
    mutating func flag(_ mark: Character, _ isSet: Bool) {
        if isSet { self.mark(mark) }
    }

    /// Fields that mean something in their own dialect only.
    mutating func fields(_ mark: Character, _ fields: [VendorField], of origin: WireFormat) {
        for field in fields {
            self.mark(mark)
            text(origin.rawValue)
            text(field.name)
            value(field.value)
        }
    }
}
