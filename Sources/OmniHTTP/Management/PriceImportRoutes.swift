import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// Prices from a file of LiteLLM or models.dev, sent as it is.
extension ManagementAPI {
    func showPriceImport(_ call: ManagementRequest) async throws -> ManagementResponse {
        answer(report: try await dependencies.store.priceImportReport())
    }

    /// Replaces what was imported before; a file without a single usable price changes nothing.
    func importPrices(_ call: ManagementRequest) async throws -> ManagementResponse {
        let file = try PriceFile(
            call.body.fields, catalog: dependencies.catalog, at: dependencies.clock.wallMilliseconds())
        try await dependencies.store.replaceImportedPrices(file)
        try await dependencies.publish()
        return answer(report: try await dependencies.store.priceImportReport(), isChanged: true)
    }

    func removePriceImport(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard try await dependencies.store.priceImportReport() != nil else {
            throw ManagementError.notFound("price import")
        }
        try await dependencies.store.replaceImportedPrices(nil)
        try await dependencies.publish()
        return .success(message: "imported prices deleted")
    }

    private func answer(report: String?, isChanged: Bool = false) -> ManagementResponse {
        ManagementResponse { writer in
            writer.beginObject()
            if isChanged {
                writer.key("success")
                writer.value(true)
            }
            writer.key("import")
            if let report { writer.raw(Array(report.utf8)[...]) } else { writer.null() }
            writer.endObject()
        }
    }
}
