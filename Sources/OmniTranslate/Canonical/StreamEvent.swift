public import OmniJSON

/// One increment of an answer, independent of any wire format.
///
/// Order: `serviceTier` if it is known by then, exactly one `start`; per choice blocks that do not overlap (`blockStart`,
/// its deltas, `blockEnd`); one `finish` per choice; `usage` anywhere (cumulative, the last one counts); then exactly one
/// of `end` and `error`.
public enum StreamEvent: Sendable {
    case start(id: JSONText?, model: JSONText?, created: Int?)
    case blockStart(choice: Int, Block)
    case text(choice: Int, JSONText)
    case reasoning(choice: Int, JSONText)
    case refusal(choice: Int, JSONText)
    /// A piece of a tool call's arguments: JSON text in escaped form; pieces concatenate.
    case arguments(choice: Int, JSONText)
    /// The opaque state of the reasoning block that is open.
    case state(choice: Int, OpaqueState)
    /// A citation, verbatim, of the text block that is open; between the last block and the finish, of the last text.
    case citation(choice: Int, JSONValue)
    case blockEnd(choice: Int)
    /// What a tool the provider ran itself was asked and gave, whole; never inside a block.
    indirect case hostedCall(choice: Int, HostedCall)
    /// The log probabilities that belong to the text just sent, verbatim.
    case logprobs(choice: Int, JSONValue)
    case finish(choice: Int, Finish)
    case usage(Usage)
    /// The tier the answer is served at, in the words of its origin; may come again when it changes.
    case serviceTier(JSONText)
    /// OpenAI's name of the configuration that answers.
    case systemFingerprint(JSONText)
    case ping
    /// The upstream proved that the answer is complete.
    case end
    case error(UpstreamFault)

    /// What kind of content a block holds.
    public enum Block: Sendable {
        case text
        case reasoning
        case refusal
        case toolCall(id: JSONText, name: JSONText, isCustom: Bool)
        /// A block that arrives whole and that only its origin understands.
        case unknown(UnknownPart)
    }
}
