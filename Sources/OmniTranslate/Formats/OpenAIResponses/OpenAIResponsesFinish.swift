import OmniJSON

/// `status` and `incomplete_details` in both directions; this dialect has no finish reason.
enum OpenAIResponsesFinish {
    /// - Parameters:
    ///   - response: the response object, neither failed nor running.
    ///   - hasToolCalls: whether it calls a tool of the client's. hasRefusal: whether the model declines in words.
    static func decode(_ response: JSONValue, hasToolCalls: Bool, hasRefusal: Bool) -> Finish {
        let details = response.present("incomplete_details")
        var finish = Finish(.stop)
        if response["status"]?.isString("incomplete") == true {
            let reason = details?["reason"]?.text
            if reason?.equals("max_output_tokens") == true {
                return Finish(.length)
            } else if reason?.equals("content_filter") == true {
                return Finish(.contentFilter)
            }
            finish = Finish(.unknown, details: details)
        }
        if hasToolCalls { finish.reason = .toolUse } else if hasRefusal { finish.reason = .refusal }
        return finish
    }

    /// How an answer ended, in the words of this dialect.
    enum Status {
        case completed
        /// The value of `incomplete_details.reason`.
        case incomplete(StaticString)
        case failed
    }

    static func status(of reason: Finish.Reason) -> Status {
        switch reason {
        case .stop, .stopSequence, .toolUse, .refusal, .pause, .unknown: .completed
        case .length, .contextFull: .incomplete("max_output_tokens")
        case .contentFilter: .incomplete("content_filter")
        case .malformedTool: .failed
        }
    }
}
