import OmniJSON

extension CanonicalRequest {
    /// A Responses request as other dialects see it: refused where it needs what only OpenAI keeps or runs, and without
    /// what says nothing elsewhere.
    ///
    /// The fields that stay have no counterpart; each encoder reports them.
    func withoutOpenAIState() throws(TranslationError) -> CanonicalRequest {
        guard origin == .openAIResponses else { return self }
        var request = self
        request.vendorFields = []
        for field in vendorFields {
            switch field.name.string {
            case "previous_response_id":
                throw TranslationError(
                    .unsupported,
                    "names a response that is not kept here: it was answered elsewhere, not to be stored, too long ago, or "
                        + "before a restart; send the whole conversation", at: "previous_response_id")
            case "conversation", "prompt":
                throw TranslationError(
                    .unsupported, "refers to what another provider runs or keeps", at: field.name.string)
            case "background":
                guard field.value.bool != true else {
                    throw TranslationError(.unsupported, "this model does not work in the background", at: "background")
                }
            // Hints, and asking for what comes unasked.
            case "stream_options", "prompt_cache_options", "prompt_cache_retention": break
            case "truncation" where field.value.isString("disabled"): break
            case "include" where field.value.elements.allSatisfy(Self.isImplied): break
            default: request.vendorFields.append(field)
            }
        }
        request.outputVendorFields = []
        for field in outputVendorFields {
            request.vendorFields.append(VendorField(name: "text." + field.name, value: field.value))
        }
        return request
    }

    /// Whether an entry of `include` has a place of its own: logprobs are a field, opaque state always travels, and so
    /// does what hosted tools gave.
    private static func isImplied(_ entry: JSONValue) -> Bool {
        [
            "reasoning.encrypted_content", "message.output_text.logprobs", "web_search_call.action.sources",
            "code_interpreter_call.outputs",
        ].contains {
            entry.isString($0)
        }
    }
}
