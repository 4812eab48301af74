import OmniJSON
import OmniTranslate
import Testing

/// Media, citations and cache marks: spec rows C135, C136, C143, C185, C186 and the media rows of B.2.
@Suite struct ContentTests: RequestWording {
    private func chatImage(_ url: String) -> String { #"{"type":"image_url","image_url":{"url":"\#(url)"}}"# }
    private func chatFile(_ data: String) -> String { #"{"type":"file","file":{"file_data":"\#(data)"}}"# }
    private func messages(_ blocks: String...) -> String {
        #""messages":[\#(turn("user", blocks.joined(separator: ",")))]"#
    }
    private func sentBlock(_ result: RequestTranslation, _ index: Int = 0) -> String? {
        result.body["messages"]?.elements.map { $0 }.first?["content"]?.elements
            .map { String(decoding: $0.raw, as: UTF8.self) }.dropFirst(index).first
    }

    @Test(
        "C143 image types are told by the bytes",
        arguments: [
            ("data:image/jpg;base64,AAAA", "image/jpeg", "AAAA"),
            ("data:image/jpeg;base64,iVBORw0KGgo=", "image/png", "iVBORw0KGgo="),
            ("data:image/png;charset=utf-8;base64,/9j/AA==", "image/jpeg", "/9j/AA=="),
            ("data:;base64,R0lGODlh", "image/gif", "R0lGODlh"),
            ("data:image/png;base64,UklGRg==", "image/webp", "UklGRg=="),
            (#"data:image\/png;base64,\/9j\/AA=="#, "image/jpeg", #"\/9j\/AA=="#),
        ])
    func imageTypes(url: String, type: String, data: String) throws {
        #expect(
            sentBlock(try chatToAnthropic(messages(chatImage(url))))
                == #"{"type":"image","source":{"type":"base64","media_type":"\#(type)","data":"\#(data)"}}"#)
    }

    @Test func declaredTypesAreCheckedTowardsChatToo() throws {
        let image = #"{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"\#(pixel)"}}"#
        #expect(sentBlock(try anthropicToChat(messages(image))) == chatImage("data:image/png;base64,\(pixel)"))
    }

    @Test func imageURLs() throws {
        let url = "https://example.com/cat.png"
        #expect(
            sentBlock(try chatToAnthropic(messages(chatImage(url))))
                == #"{"type":"image","source":{"type":"url","url":"\#(url)"}}"#)
        #expect(
            sentBlock(try anthropicToChat(messages(#"{"type":"image","source":{"type":"url","url":"\#(url)"}}"#)))
                == chatImage(url))
    }

    @Test(
        "documents as base64 towards Anthropic",
        arguments: [
            (
                "data:application/pdf;base64,JVBERi0x",
                #"{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}"#
            ),
            (
                "data:application/octet-stream;base64,JVBERi0x",
                #"{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}"#
            ),
            ("JVBERi0x", #"{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}"#),
            ("data:text/plain;base64,w6kiCg==", #"{"type":"text","media_type":"text/plain","data":"é\"\n"}"#),
            ("data:application/json;base64,e30", #"{"type":"text","media_type":"text/plain","data":"{}"}"#),
        ])
    func documents(data: String, source: String) throws {
        #expect(sentBlock(try chatToAnthropic(messages(chatFile(data)))) == #"{"type":"document","source":\#(source)}"#)
    }

    @Test(
        "what a target cannot take is refused, never dropped",
        arguments: [
            (true, #"{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}"#),
            (true, #"{"type":"file","file":{"file_id":"file-1"}}"#),
            (true, #"{"type":"image_url","image_url":{"url":"data:image/bmp;base64,Qk0="}}"#),
            (true, #"{"type":"image_url","image_url":{"url":"data:image/svg+xml,%3Csvg%3E"}}"#),
            (true, #"{"type":"file","file":{"file_data":"data:application/zip;base64,UEs="}}"#),
            (true, #"{"type":"file","file":{"file_data":"data:text/plain;base64,/w=="}}"#),
            (true, #"{"type":"video_url","video_url":{}}"#),
            (false, #"{"type":"image","source":{"type":"file","file_id":"file_1"}}"#),
            (false, #"{"type":"document","source":{"type":"file","file_id":"file_1"}}"#),
            (false, #"{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}"#),
            (false, #"{"type":"container_upload","file_id":"file_1"}"#),
        ])
    func refusedMedia(isChat: Bool, block: String) {
        let error = translationFailure {
            isChat ? try chatToAnthropic(messages(text("x"), block)) : try anthropicToChat(messages(text("x"), block))
        }
        #expect(error?.code == .unsupported)
        #expect(error?.path == "messages")
    }

    @Test(
        "audio towards chat: WAV and MP3 only", arguments: [("wav", true), ("mp3", true), ("flac", false)])
    func audio(format: String, isTaken: Bool) throws {
        let part = #"{"type":"input_audio","input_audio":{"data":"AA==","format":"\#(format)"}}"#
        if isTaken {
            #expect(sentBlock(try chatToChat(messages(part))) == part)
        } else {
            #expect(translationFailure { try chatToChat(messages(part)) }?.code == .unsupported)
        }
    }

    @Test func documentsTowardsChatKeepTitleAndContext() throws {
        let pdf = #"{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}"#
        let result = try anthropicToChat(messages(#"{"type":"document","title":"A","context":"ctx","source":\#(pdf)}"#))
        #expect(sentBlock(result) == text("ctx"))
        #expect(
            sentBlock(result, 1)
                == #"{"type":"file","file":{"filename":"A","file_data":"data:application/pdf;base64,JVBERi0x"}}"#)
        let plain =
            #"{"type":"document","title":"A","context":"c","source":{"type":"text","media_type":"text/plain","data":"w"}}"#
        #expect(sentBlock(try anthropicToChat(messages(plain))) == text(#"A\n\nc\n\nw"#))
    }

    @Test(
        "text files reach OpenAI as text: it refuses all but PDFs",
        arguments: [
            (#"{"inlineData":{"mimeType":"text/markdown","data":"IyBub3Rlcw=="}}"#, "# notes"),
            (#"{"inlineData":{"mimeType":"text/csv","data":"YSxi","displayName":"a.csv"}}"#, #"a.csv\n\na,b"#),
            (#"{"inlineData":{"mimeType":"application/json","data":"e30"}}"#, "{}"),
        ])
    func textFiles(part: String, words: String) throws {
        let asked = #""contents":[{"role":"user","parts":[\#(part)]}]"#
        let chat = try geminiTo(.openAIChat, asked, isStrict: true)
        #expect(["\"\(words)\"", "[\(text(words))]"].contains(chat.text("messages.0.content")))
        let responses = try geminiTo(.openAIResponses, asked, isStrict: true)
        #expect(responses.text("input.0.content.0") == #"{"type":"input_text","text":"\#(words)"}"#)
    }

    @Test("text files in results reach OpenAI as text", arguments: [WireFormat.openAIChat, .openAIResponses])
    func textFilesInResults(target: WireFormat) throws {
        let file = #"{"inlineData":{"mimeType":"text/plain","data":"IyBub3Rlcw=="}}"#
        let call = #"{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{}}}]}"#
        let result =
            #"{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":"see"},"parts":[\#(file)]}}]}"#
        let sent = try geminiTo(
            target, #""contents":[{"role":"user","parts":[{"text":"hi"}]},\#(call),\#(result)]"#, isStrict: true)
        if target == .openAIChat {
            #expect(sent.text("messages.2.content") == #""see\n\n# notes""#)
            #expect(sent.text("messages.3") == nil)
        } else {
            #expect(
                sent.text("input.2.output")
                    == ##"[{"type":"input_text","text":"see"},{"type":"input_text","text":"# notes"}]"##)
        }
    }

    @Test(
        "only a PDF is called one",
        arguments: [("application/pdf", "document.pdf"), ("application/msword", "document")])
    func namesOfFiles(type: String, name: String) throws {
        let part = #"{"inlineData":{"mimeType":"\#(type)","data":"AAAA"}}"#
        let asked = #""contents":[{"role":"user","parts":[\#(part)]}]"#
        let sent = try geminiTo(.openAIChat, asked, model: "m", provider: "groq")
        #expect(sent.text("messages.0.content.0.file.filename") == "\"\(name)\"")
        // OpenAI itself reads PDFs only.
        if type == "application/pdf" {
            _ = try geminiTo(.openAIChat, asked)
        } else {
            let error = #expect(throws: TranslationError.self) { try geminiTo(.openAIChat, asked) }
            #expect(error?.code == .unsupported)
        }
        #expect(
            try geminiTo(.openAIResponses, asked).text("input.0.content.0.filename") == "\"\(name)\"")
    }

    @Test func documentsMadeOfBlocksKeepTheirPictures() throws {
        let image = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#
        let result = try anthropicToChat(
            messages(#"{"type":"document","source":{"type":"content","content":[\#(text("w")),\#(image)]}}"#))
        #expect(sentBlock(result) == text("w"))
        #expect(sentBlock(result, 1) == chatImage("data:image/png;base64,\(pixel)"))
    }

    @Test func searchResultsAreToldInWords() throws {
        let result = try anthropicToChat(
            messages(#"{"type":"search_result","source":"https://e.com","title":"Ex","content":[\#(text("body"))]}"#))
        #expect(sentBlock(result) == text(#"Ex\n\nhttps://e.com\n\nbody"#))
        #expect(result.losses == ["messages.search_result:flattened"])
    }

    // MARK: Citations

    private let cited = #"{"type":"text","text":"x","citations":[{"type":"char_location"}]}"#
    private let citing =
        #"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"w"},"citations":{"enabled":true}}"#

    @Test("citations on documents are asked of Anthropic and reported elsewhere")
    func documentCitations() throws {
        #expect(sentBlock(try anthropicToAnthropic(messages(citing))) == citing)
        #expect(try anthropicToChat(messages(citing)).losses == ["messages.citations:unsupported"])
    }

    @Test("C185 citations on a user's text go only with the first version", arguments: ["2023-06-01", "2026-10-21"])
    func citationsOnUserText(version: String) throws {
        let result = try anthropicToAnthropic(
            #""messages":[\#(turn("user", cited)),\#(turn("assistant", cited)),\#(user)]"#, apiVersion: version)
        let isFirst = version == "2023-06-01"
        #expect(result.encoded.apiVersion == version)
        #expect(sentBlock(result) == (isFirst ? cited : text("x")))
        #expect(result.message(1) == turn("assistant", cited))
        #expect(result.losses == (isFirst ? [] : ["messages.citations:version"]))
    }

    @Test("C186 citations give way to a fixed output format")
    func citationsWithFormat() throws {
        let result = try anthropicToAnthropic(
            messages(citing) + #","output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#)
        #expect(result.body["output_config"]?["format"] != nil)
        #expect(sentBlock(result)?.contains("citations") == false)
        #expect(result.losses == ["messages.citations:conflict"])
    }

    // MARK: Cache marks

    private let mark = #""cache_control":{"type":"ephemeral"}"#

    private func marked(_ words: String, _ mark: String) -> String { #"{"type":"text","text":"\#(words)",\#(mark)}"# }

    @Test("C135 a mark on blank text goes with it")
    func markOnBlankText() throws {
        let result = try anthropicToAnthropic(messages(text("a"), marked("", mark)))
        #expect(result.member("messages") == "[\(turn("user", text("a")))]")
    }

    @Test("C135 a thought carries no mark, and its mark does not count")
    func markOnThought() throws {
        let thoughts = [
            #"{"type":"thinking","thinking":"t","signature":"EqAB",\#(mark)}"#,
            #"{"type":"redacted_thinking","data":"EmwK",\#(mark)}"#,
        ]
        let fields =
            #""messages":[\#(user),\#(turn("assistant", thoughts[0], thoughts[1], marked("a", mark))),\#(user)]"#
        let result = try anthropicToAnthropic(fields)
        #expect(
            result.message(1)
                == turn(
                    "assistant", #"{"type":"thinking","thinking":"t","signature":"EqAB"}"#,
                    #"{"type":"redacted_thinking","data":"EmwK"}"#, marked("a", mark)))
        // Four others stay.
        let four = [marked("a", mark), marked("b", mark), marked("c", mark)]
        let full = try anthropicToAnthropic(
            #""messages":[\#(turn("user", four[0], four[1], four[2])),\#(turn("assistant", thoughts[0], marked("d", mark))),\#(user)]"#
        )
        #expect(full.message(0) == turn("user", four[0], four[1], four[2]) && full.losses == [])
    }

    @Test("C136 four marks are kept, the last ones of the prompt")
    func tooManyMarks() throws {
        let tool = #"{"name":"t","input_schema":{"type":"object"},\#(mark)}"#
        let fields =
            #""tools":[\#(tool)],"system":[\#(marked("s", mark))],"#
            + messages(marked("a", mark), marked("b", mark), marked("c", mark))
        let result = try anthropicToAnthropic(fields)
        #expect(result.member("tools") == #"[{"name":"t","input_schema":{"type":"object"}}]"#)
        #expect(result.member("system") == "[\(marked("s", mark))]")
        #expect(result.message(0) == turn("user", marked("a", mark), marked("b", mark), marked("c", mark)))
        #expect(result.losses == ["cache_control:limit"])
    }

    @Test func marksInsideResultsAndOnTheRequestCount() throws {
        let result = try anthropicToAnthropic(
            #""messages":[\#(turn("user", marked("a", mark), marked("b", mark))),\#(turn("assistant", use("a"))),"#
                + turn("user", #"{"type":"tool_result","tool_use_id":"a","content":[\#(marked("c", mark))],\#(mark)}"#)
                + "],\(mark)")
        #expect(result.message(0) == turn("user", text("a"), marked("b", mark)))
        #expect(result.member("cache_control") == #"{"type":"ephemeral"}"#)
        #expect(result.losses == ["cache_control:limit"])
    }

    @Test(
        "lifetimes of chat marks",
        arguments: [("5m", ""), ("30m", ""), ("1h", #","ttl":"1h""#), ("12h", #","ttl":"1h""#)])
    func lifetimes(lifetime: String, sent: String) throws {
        let result = try chatToAnthropic(
            messages(marked("a", #""prompt_cache_breakpoint":{"mode":"explicit","ttl":"\#(lifetime)"}"#)))
        #expect(sentBlock(result) == marked("a", #""cache_control":{"type":"ephemeral"\#(sent)}"#))
    }

    @Test(
        "marks reach OpenAI models that know them, others get none", arguments: [("gpt-5.6", true), ("gpt-5.5", false)])
    func marksTowardsOpenAI(model: String, isMarked: Bool) throws {
        let marks = (0..<4).map { marked("\($0)", mark) }.joined(separator: ",")
        let result = try anthropicToChat(
            #""system":[\#(marked("s", mark))],"# + messages(marks, text("z")), model: model)
        let sent = String(decoding: result.encoded.body, as: UTF8.self)
        let count = sent.matches(of: /"prompt_cache_breakpoint":{"mode":"explicit"}/).count
        #expect(count == (isMarked ? 4 : 0))
        #expect(result.message(0)?.contains("prompt_cache_breakpoint") == false)
        #expect(result.losses == (isMarked ? ["cache_control:limit"] : []))
        #expect(!sent.contains("cache_control"))
    }
}
