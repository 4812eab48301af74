import OmniCore

extension ToolValue {
    /// - Returns: nil where nothing was chosen.
    func resolved(_ connection: ToolConnection) -> DocumentValue? {
        switch self {
        case .fixed(let value): return value
        case .address(let suffix): return .text(connection.address + suffix)
        case .secret: return .text(connection.secret)
        case .model(let prefix): return connection.model.map { .text(prefix + $0) }
        case .namedModel(let name): return (connection.models[name] ?? connection.model).map { .text($0) }
        case .modelTable:
            return connection.model.map { .object([.init($0, .object([.init("name", .text($0))]))]) }
        case .modelList:
            return connection.model.map { .list([.object([.init("id", .text($0)), .init("name", .text($0))])]) }
        case .time: return .text(ISOTime.string(connection.time))
        }
    }
}

extension CodingTool.Choice {
    /// What connects the tool.
    func connecting(_ connection: ToolConnection, in document: DocumentValue) -> [DocumentEdit] {
        edits.flatMap { edit -> [DocumentEdit] in
            switch edit {
            case .value(let path, let value, _):
                // The model that was chosen joins those a person added.
                if value == .modelTable, let model = connection.model {
                    return [.set(path + [model, "name"], .text(model))]
                }
                return value.resolved(connection).map { [.set(path, $0)] } ?? []
            case .missing(let path, let value):
                guard document[path] == nil else { return [] }
                return value.resolved(connection).map { [.set(path, $0)] } ?? []
            case .entry(let entry, let members):
                return [
                    .setEntry(
                        entry,
                        members.compactMap { member in
                            member.value.resolved(connection).map { .init(member.name, $0) }
                        })
                ]
            }
        }
    }

    /// What takes away everything ``connecting(_:in:)`` wrote and nothing else.
    func disconnecting(_ document: DocumentValue) -> [DocumentEdit] {
        let values = edits.compactMap { edit -> DocumentEdit? in
            switch edit {
            case .value(let path, _, .always): return .remove(path)
            case .value(let path, _, .beginning(let text)):
                return document[path]?.text?.hasPrefix(text) == true ? .remove(path) : nil
            case .value(let path, _, .beside(let other, let text)):
                return document[other]?.text == text ? .remove(path) : nil
            case .entry(let entry, _): return .removeEntry(entry)
            default: return nil
            }
        }
        return values + owned.map { .remove($0) }
    }

    /// What stands where a value belongs.
    private func found(_ wanted: (ToolValue) -> Bool, in document: DocumentValue) -> String? {
        for edit in edits {
            switch edit {
            case .value(let path, let value, _) where wanted(value): return document[path]?.text
            case .entry(let entry, let members):
                guard let member = members.first(where: { wanted($0.value) }) else { continue }
                let elements = document[entry.list]?.elements ?? []
                return elements.first { $0[entry.name]?.text == entry.text }?[member.name]?.text
            default: continue
            }
        }
        return nil
    }

    /// The address the tool calls now, as it stands there.
    func address(in document: DocumentValue) -> String? {
        found({ if case .address = $0 { true } else { false } }, in: document)
    }

    /// The key the tool sends now.
    func secret(in document: DocumentValue) -> String? { found({ $0 == .secret }, in: document) }

    /// The model the tool asks for now, without what stands in front of it.
    func model(in document: DocumentValue) -> String? {
        var prefix = ""
        let text = found(
            {
                if case .model(let text) = $0 { prefix = text }
                if case .model = $0 { return true }
                if case .namedModel = $0 { return true }
                return false
            }, in: document)
        return text.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    }

    /// The values this router has to do with, secrets replaced.
    func visible(in document: DocumentValue) -> DocumentValue {
        var whole = DocumentValue.object([])
        for edit in edits {
            switch edit {
            case .value(let path, let value, _):
                guard let found = document[path] else { continue }
                let shown = value == .secret ? .text(ToolSecrets.mask) : found
                whole = DocumentValue.merged(whole, DocumentValue.nested(path[...], shown))
            case .entry(let entry, let members):
                let elements = document[entry.list]?.elements ?? []
                guard let found = elements.first(where: { $0[entry.name]?.text == entry.text }) else { continue }
                let shown = members.compactMap { member -> DocumentValue.Member? in
                    guard let value = found[member.name] else { return nil }
                    return .init(member.name, member.value == .secret ? .text(ToolSecrets.mask) : value)
                }
                whole = DocumentValue.merged(
                    whole, DocumentValue.nested(entry.list[...], .list([.object(shown)])))
            case .missing: continue
            }
        }
        return whole
    }
}
