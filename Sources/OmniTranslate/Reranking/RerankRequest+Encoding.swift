import OmniJSON

extension RerankRequest {
    /// Writes the request for an upstream.
    ///
    /// Documents are never asked back: the router has them.
    /// - Parameters:
    ///   - model: its id there.
    ///   - isStrict: whether what cannot be said is an error, and not only reported.
    /// - Throws: an error of code unsupported, for documents without a text where only text is taken too.
    public func encoded(
        to dialect: RerankDialect, model: String, isStrict: Bool, report: inout TranslationReport
    ) throws(TranslationError) -> [UInt8] {
        var losses: [String] = []
        var writer = JSONWriter(reservingCapacity: documents.count * 512 + 256)
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        writer.key("query")
        if dialect == .nvidia {
            try writeRanking(into: &writer, losses: &losses)
        } else {
            writer.value(query)
            try writeDocuments(for: dialect, into: &writer, losses: &losses)
            if let limit {
                if dialect == .voyage { writer.key("top_k") } else { writer.key("top_n") }
                writer.value(limit)
            }
            writeOptions(for: dialect, into: &writer, losses: &losses)
        }
        writer.endObject()
        if isStrict, let loss = losses.first {
            throw TranslationError(.unsupported, "the upstream has no such field", at: loss)
        }
        for loss in losses { report.add(loss) }
        return writer.bytes
    }

    /// NVIDIA's words; the number of results is cut from the answer.
    private func writeRanking(into writer: inout JSONWriter, losses: inout [String]) throws(TranslationError) {
        writeText(query, into: &writer)
        writer.key("passages")
        writer.beginArray()
        for (index, document) in documents.enumerated() {
            writeText(try text(of: document, at: index, losses: &losses), into: &writer)
        }
        writer.endArray()
        if let truncates {
            writer.key("truncate")
            if truncates { writer.value("END") } else { writer.value("NONE") }
        }
        noteLosses(ranked: true, tokens: true, truncation: false, in: &losses)
        losses += furtherFields.map(\.name.string)
    }

    private func writeText(_ text: JSONText, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("text")
        writer.value(text)
        writer.endObject()
    }

    private func writeDocuments(
        for dialect: RerankDialect, into writer: inout JSONWriter, losses: inout [String]
    ) throws(TranslationError) {
        writer.key("documents")
        writer.beginArray()
        for (index, document) in documents.enumerated() {
            if dialect.takesObjects, case .object(let object, _) = document {
                writer.value(object)
            } else {
                writer.value(try text(of: document, at: index, losses: &losses))
            }
        }
        writer.endArray()
    }

    private func text(
        of document: Document, at index: Int, losses: inout [String]
    ) throws(TranslationError) -> JSONText {
        switch document {
        case .text(let text): return text
        case .object(let object, let text):
            guard let text else {
                throw TranslationError(
                    .unsupported, "the upstream ranks texts, and this document has no 'text'", at: "documents[\(index)]"
                )
            }
            for member in object.members where !member.isNamed("text") {
                let loss = "documents.\(member.name.string)"
                if !losses.contains(loss) { losses.append(loss) }
            }
            return text
        }
    }

    private func writeOptions(for dialect: RerankDialect, into writer: inout JSONWriter, losses: inout [String]) {
        switch dialect {
        case .cohere:
            if let tokensPerDocument {
                writer.key("max_tokens_per_doc")
                writer.value(tokensPerDocument)
            }
            noteLosses(ranked: true, tokens: false, truncation: true, in: &losses)
            // The only other field of Cohere's second version.
            for field in furtherFields {
                if field.name.equals("priority") { writer.write(field) } else { losses.append(field.name.string) }
            }
        case .voyage:
            if let truncates {
                writer.key("truncation")
                writer.value(truncates)
            }
            noteLosses(ranked: true, tokens: true, truncation: false, in: &losses)
            losses += furtherFields.map(\.name.string)
        case .jina, .together, .fireworks:
            writer.key("return_documents")
            writer.value(false)
            if dialect == .together, let rankedFields {
                writer.key("rank_fields")
                writer.value(rankedFields)
            }
            noteLosses(ranked: dialect != .together, tokens: true, truncation: true, in: &losses)
            for field in furtherFields { writer.write(field) }
        case .compatible:
            if let rankedFields {
                writer.key("rank_fields")
                writer.value(rankedFields)
            }
            if let tokensPerDocument {
                writer.key("max_tokens_per_doc")
                writer.value(tokensPerDocument)
            }
            noteLosses(ranked: false, tokens: false, truncation: true, in: &losses)
            for field in furtherFields { writer.write(field) }
        case .nvidia: preconditionFailure("written by itself")
        }
    }

    private func noteLosses(ranked: Bool, tokens: Bool, truncation: Bool, in losses: inout [String]) {
        if ranked, rankedFields != nil { losses.append("rank_fields") }
        if tokens, tokensPerDocument != nil { losses.append("max_tokens_per_doc") }
        // To cut is what all do unasked.
        if truncation, truncates == false { losses.append("truncation") }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ field: VendorField) {
        key(field.name)
        value(field.value)
    }
}
