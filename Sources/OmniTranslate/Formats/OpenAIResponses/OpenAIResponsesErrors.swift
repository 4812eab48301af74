import OmniJSON

/// Errors inside answers and streams; those of HTTP answers have Chat's shape.
enum OpenAIResponsesErrors {
    /// The fault of a response that failed or was cancelled; nil for every other status.
    static func fault(of response: JSONValue) -> UpstreamFault? {
        if let error = response.present("error"), error.kind == .object { return fault(error) }
        guard let status = response["status"]?.text, status.equals("failed") || status.equals("cancelled") else {
            return nil
        }
        return FaultCodec.fault(status: nil, message: "", code: nil)
    }

    /// The fault an `error` event tells: its members at the top, or in an object of their own.
    static func fault(event: JSONValue) -> UpstreamFault {
        fault(event.present("error").flatMap { $0.kind == .object ? $0 : nil } ?? event)
    }

    private static func fault(_ error: JSONValue) -> UpstreamFault {
        let type = error.present("type")?.string
        var fault = FaultCodec.fault(
            status: nil, message: error.present("message")?.string ?? "", type: type == "error" ? nil : type,
            code: error.present("code")?.string, parameter: error.present("param")?.string)
        if let span = RetryHint.renewal(in: error, now: nil) { fault.retryAfter = span }
        return fault
    }

    /// What a failed response gives as its error's code; agents act on it.
    static func code(of fault: UpstreamFault) -> String {
        switch fault.kind {
        case .contextLength: "context_length_exceeded"
        case .rateLimit: "rate_limit_exceeded"
        case .billing: "insufficient_quota"
        case .invalidRequest, .unprocessable, .tooLarge: fault.code ?? "invalid_prompt"
        default: "server_error"
        }
    }

    /// Writes an `error` event.
    /// - Parameter sequence: its number in the stream.
    static func writeEvent(_ fault: UpstreamFault, sequence: Int, into output: inout [UInt8]) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.value("error")
        writer.key("sequence_number")
        writer.value(sequence)
        writer.key("code")
        if fault.kind == .contextLength {
            writer.value("context_length_exceeded")
        } else {
            writer.string(fault.code ?? code(of: fault))
        }
        writer.key("message")
        writer.string(fault.message)
        writer.key("param")
        if let parameter = fault.parameter { writer.string(parameter) } else { writer.null() }
        writer.endObject()
        output.write("event: error\ndata: ")
        output += writer.bytes
        output.write("\n\n")
    }
}
