import OmniJSON

extension AnthropicRequestEncoder {
    mutating func writeBreakpoint(_ breakpoint: CacheBreakpoint?) {
        guard let breakpoint else { return }
        // The last marks cover the longest prefixes, so the first ones are given up.
        guard breakpointsToSkip == 0 else {
            breakpointsToSkip -= 1
            return
        }
        writer.key("cache_control")
        writer.beginObject()
        writer.key("type")
        writer.value("ephemeral")
        if let lifetime = breakpoint.lifetime, lifetime.equals("1h") || lifetime.equals("12h") || lifetime.equals("24h")
        {
            writer.key("ttl")
            writer.value("1h")
        }
        writer.endObject()
    }

    /// The breakpoints that would be sent if there were no limit.
    var cacheBreakpointCount: Int {
        var count = request.cacheBreakpoint == nil ? 0 : 1
        for tool in tools {
            switch tool {
            case .function(let function): if function.cacheBreakpoint != nil { count += 1 }
            case .hosted(let hosted): if hosted.raw["cache_control"] != nil { count += 1 }
            case .custom: break
            }
        }
        count += turns.system.count { $0.cacheBreakpoint != nil }
        for turn in turns.turns { count += Self.count(in: turn.parts) }
        return count
    }

    private static func count(in parts: [Part]) -> Int {
        var count = 0
        for part in parts {
            switch part {
            case .text(let text): if text.cacheBreakpoint != nil { count += 1 }
            case .media(let media): if media.cacheBreakpoint != nil { count += 1 }
            case .toolCall(let call): if call.cacheBreakpoint != nil { count += 1 }
            case .toolResult(let result):
                count += (result.cacheBreakpoint == nil ? 0 : 1) + Self.count(in: result.content)
            case .hostedCall(let call):
                if call.isNative(to: .anthropicMessages) {
                    count += call.pieces.count { $0.raw["cache_control"] != nil }
                }
            case .unknown(let unknown): if unknown.raw["cache_control"] != nil { count += 1 }
            case .refusal, .reasoning: break
            }
        }
        return count
    }
}
