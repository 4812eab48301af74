import OmniJSON

/// Annotations of text: this dialect's are flat, those kept are Chat's where Chat has the kind.
enum OpenAIResponsesAnnotations {
    /// - Returns: a citation of a web page in Chat's form, everything else as it is.
    static func decode(_ annotation: JSONValue) -> JSONValue {
        guard annotation["type"]?.isString("url_citation") == true, annotation["url_citation"] == nil else {
            return annotation
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.value("url_citation")
        writer.key("url_citation")
        writer.beginObject()
        for member in annotation.members where !member.isNamed("type") {
            writer.key(member.name)
            writer.value(member.value)
        }
        writer.endObject()
        writer.endObject()
        // Made of values that were parsed before, so it parses.
        return (try? JSONValue(parsing: writer.bytes)) ?? annotation
    }

    /// The annotations of a part as one array; nil when there are none.
    static func decode(list: JSONValue?) -> JSONValue? {
        guard let list, list.hasElements else { return nil }
        var writer = JSONWriter()
        writer.beginArray()
        for annotation in list.elements { writer.value(decode(annotation)) }
        writer.endArray()
        return try? JSONValue(parsing: writer.bytes)  // Made of values that were parsed before, so it parses.
    }

    /// - Parameter end: how many characters the text has that a citation without positions supports.
    /// - Returns: the annotation; nil, with a report, when it cannot be said.
    static func encode(_ citation: JSONValue, end: Int, report: inout TranslationReport) -> [UInt8]? {
        var writer = JSONWriter(reservingCapacity: 128)
        let type = citation["type"]?.text
        if type?.equals("url_citation") == true, let page = citation.present("url_citation"), page.kind == .object {
            writer.beginObject()
            writer.key("type")
            writer.value("url_citation")
            for member in page.members {
                writer.key(member.name)
                writer.value(member.value)
            }
            writer.endObject()
        } else if let url = citation["url"]?.text, !url.isEmpty {
            writer.beginObject()
            writer.key("type")
            writer.value("url_citation")
            writer.key("start_index")
            writer.value(0)
            writer.key("end_index")
            writer.value(end)
            writer.key("title")
            writer.value(citation["title"]?.text ?? .empty)
            writer.key("url")
            writer.value(url)
            writer.endObject()
        } else if let type, ["file_citation", "container_file_citation", "file_path"].contains(where: type.equals) {
            writer.value(citation)
        } else {
            report.add("citations")
            return nil
        }
        return writer.bytes
    }
}
