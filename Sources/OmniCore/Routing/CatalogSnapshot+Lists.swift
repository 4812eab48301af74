public import OmniTranslate

/// The models there are, for each client key what it may use.
extension CatalogSnapshot {
    /// The list of a dialect; for keys without limits it was written when the snapshot was made.
    public func modelList(for format: WireFormat, key: ClientKeyID?) -> [UInt8] {
        guard let key, allowances[key] != nil else {
            return switch format {
            case .openAIChat, .openAIResponses: openAIModelList
            case .anthropicMessages: anthropicModelList
            case .gemini: geminiModelList
            case .ollama: ollamaModelList
            }
        }
        let listings = listings(for: key)
        return switch format {
        case .openAIChat, .openAIResponses: ModelListing.openAIList(listings)
        case .anthropicMessages: ModelListing.anthropicList(listings)
        case .gemini: ModelListing.geminiList(listings)
        case .ollama: ModelListing.ollamaList(listings)
        }
    }

    /// The models that serve a purpose other than chat and that a key may use, as OpenAI lists models.
    public func modelList(for purpose: ModelPurpose, key: ClientKeyID?) -> [UInt8] {
        ModelListing.openAIList((listedOthers[purpose] ?? []).filter { isOpen($0, to: key, for: purpose) })
    }

    /// One model of the list as its dialect shows it; nil when it is not listed.
    public func listedModel(_ id: String, for format: WireFormat, key: ClientKeyID? = nil) -> [UInt8]? {
        guard let listing = listed.first(where: { $0.id == id }), isOpen(listing, to: key) else { return nil }
        return listing.body(for: format)
    }

    func listings(for key: ClientKeyID?) -> [ModelListing] {
        guard let key, allowances[key] != nil else { return listed }
        return listed.filter { isOpen($0, to: key) }
    }

    private func isOpen(
        _ listing: ModelListing, to key: ClientKeyID?, for purpose: ModelPurpose = .chat
    ) -> Bool {
        guard let key, allowances[key] != nil else { return true }
        do throws(UpstreamFault) {
            _ = try plan(model: listing.id, clientFormat: .openAIChat, for: key, purpose: purpose)
            return true
        } catch {
            return false
        }
    }
}
