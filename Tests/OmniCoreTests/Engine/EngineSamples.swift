/// Short bodies in both dialects for engine tests; the codecs have their own, larger samples.
enum EngineSamples {
    static let chatRequest =
        #"{ "model": "up/m",  "messages": [{"role":"user","content":"hi \u00e9"}], "x_unknown": 1e2 }"#
    static let chatStreamRequest =
        #"{"model":"up/m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#
    /// A streaming request of a client that does not want the usage chunk.
    static let chatPlainStreamRequest = #"{"model":"up/m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#
    static let messagesRequest =
        #"{"model": "up/m", "max_tokens": 100,  "messages": [{"role":"user","content":"hi"}], "x_unknown": 1e2}"#
    static let messagesStreamRequest =
        #"{"model":"up/m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#

    static let chatAnswer =
        #"{"id":"c1","object":"chat.completion", "created":1,"model":"m-2024","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":10}},"x_extra":[1.0]}"#
    static let messagesAnswer =
        #"{"id":"msg_1","type":"message", "role":"assistant","model":"m-2024","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":60,"cache_creation_input_tokens":5,"cache_read_input_tokens":40,"output_tokens":20},"x_extra":[1.0]}"#

    // MARK: Chat stream

    static let chatRole =
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
    static func chatText(_ text: String) -> String {
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":null}]}\n\n"
    }
    static let chatFinish =
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    static let chatUsage =
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":30,\"total_tokens\":130,\"prompt_tokens_details\":{\"cached_tokens\":40},\"completion_tokens_details\":{\"reasoning_tokens\":10}}}\n\n"
    static let chatDone = "data: [DONE]\n\n"
    static let chatError =
        "data: {\"error\":{\"message\":\"the server had an error\",\"type\":\"server_error\",\"code\":null,\"param\":null}}\n\n"
    static let chatStream = chatRole + chatText("Hel") + chatText("lo") + chatFinish + chatUsage + chatDone

    // MARK: Messages stream

    static let messageStart =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":60,\"cache_creation_input_tokens\":5,\"cache_read_input_tokens\":40,\"output_tokens\":1}}}\n\n"
    static let blockStart =
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
    static func messageText(_ text: String) -> String {
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\(text)\"}}\n\n"
    }
    static let blockStop = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    static let messageDelta =
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":20}}\n\n"
    static let messageStop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
    static let messagesError =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
    static let messagesStream =
        messageStart + blockStart + messageText("Hel") + messageText("lo") + blockStop + messageDelta + messageStop
}
