import OmniJSON

extension [Message] {
    /// The same turns with every call answered before anybody else speaks, in the order of the calls.
    ///
    /// Parallel calls that came as turns of their own become one turn. A call without a result gets one that says so; a
    /// result without its call becomes a user's words, or nothing when it says nothing. What stands before a turn
    /// depends on nothing after the next turn of the assistant, so that prompt caches hold as a conversation grows.
    var withAnsweredCalls: [Message] {
        guard !allSatisfy(\.isPlain) else { return self }
        var arranged: [Message] = []
        var index = 0
        while index < count {
            var message = self[index]
            index += 1
            guard message.isCalling else {
                if message.isPlain { arranged.append(message) } else { arranged += message.withoutResults }
                continue
            }
            while index < count, self[index].isCalling {
                message.parts += self[index].parts
                index += 1
            }
            let next = self[index...].firstIndex { $0.role == .assistant } ?? count
            arranged.append(message)
            arranged += message.answers(among: self[index..<next])
            index = next
        }
        return arranged
    }
}

extension Message {
    fileprivate var isCalling: Bool { role == .assistant && parts.contains { $0.call != nil } }

    /// Whether there are neither calls nor results in it, so that it stays as it is.
    fileprivate var isPlain: Bool {
        role != .tool && !parts.isEmpty
            && parts.allSatisfy { part in
                switch part {
                case .toolCall, .toolResult: false
                default: true
                }
            }
    }

    /// The results of this turn's calls, each a turn of its own, then whatever else was said.
    fileprivate func answers(among following: ArraySlice<Message>) -> [Message] {
        let calls = parts.compactMap(\.call)
        var answers: [ToolResult?] = Array(repeating: nil, count: calls.count)
        var others: [Message] = []
        for var later in following {
            later.parts.removeAll { part in
                guard case .toolResult(let result) = part,
                    let position = calls.indices.first(where: { answers[$0] == nil && calls[$0].id == result.callID })
                else { return false }
                answers[position] = result
                return true
            }
            others += later.withoutResults
        }
        let results = zip(calls, answers).map { call, answer in
            var result = answer ?? ToolResult(interrupted: call.id)
            result.name = call.name
            return Message(role: .tool, parts: [.toolResult(result)])
        }
        return results + others
    }

    /// Results that answer nothing as words of the user; no turn when nothing is left of it.
    fileprivate var withoutResults: [Message] {
        var message = self
        if role == .tool { message.role = .user }
        message.parts = parts.flatMap { part in
            if case .toolResult(let result) = part { result.asOrphan } else { [part] }
        }
        return message.parts.isEmpty ? [] : [message]
    }
}

extension Part {
    fileprivate var call: ToolCall? { if case .toolCall(let call) = self { call } else { nil } }
}
