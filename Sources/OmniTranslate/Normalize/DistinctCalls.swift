import OmniJSON

extension [Message] {
    /// The same turns with each call's id used once: from the second time on an id gets a number, and the results of those calls
    /// get the same one.
    ///
    /// Some models number the calls of each turn anew, and OpenAI refuses a conversation in which an id comes again. What an id
    /// becomes depends on nothing after it, so that prompt caches hold as a conversation grows.
    /// - Returns: nil when every id is used once.
    var withDistinctCalls: [Message]? {
        guard repeatsCalls else { return nil }
        var names = CallNames()
        var messages = self
        for position in messages.indices {
            let isNewTurn = position == 0 || messages[position - 1].role != .assistant
            if messages[position].role == .assistant, isNewTurn { names.beginTurn() }
            for place in messages[position].parts.indices {
                switch messages[position].parts[place] {
                case .toolCall(var call):
                    call.id = names.call(call.id)
                    messages[position].parts[place] = .toolCall(call)
                case .toolResult(var result):
                    result.callID = names.result(result.callID)
                    messages[position].parts[place] = .toolResult(result)
                default: break
                }
            }
        }
        return messages
    }

    private var repeatsCalls: Bool {
        var seen: Set<JSONText> = []
        for position in indices {
            for part in self[position].parts {
                if case .toolCall(let call) = part, !seen.insert(call.id).inserted { return true }
            }
        }
        return false
    }
}

/// What calls are named, in the order they come.
private struct CallNames {
    private var used: Set<JSONText> = []
    /// The calls of the turn by the id they came with; those at the front are answered first.
    private var open: [JSONText: [JSONText]] = [:]

    mutating func beginTurn() { open = [:] }

    mutating func call(_ id: JSONText) -> JSONText {
        var name = id
        var count = 0
        while !used.insert(name).inserted {
            count += 1
            name = id + JSONText("_\(count)")
        }
        open[id, default: []].append(name)
        return name
    }

    /// The last one stays, so that a second result of a call is told to be one.
    mutating func result(_ id: JSONText) -> JSONText {
        guard let names = open[id], let first = names.first else { return id }
        if names.count > 1 { open[id] = Array(names.dropFirst()) }
        return first
    }
}
