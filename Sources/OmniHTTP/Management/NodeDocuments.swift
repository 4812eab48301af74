import HTTPTypes
import OmniCore

extension RouteDocument {
    static let listNodes = RouteDocument(
        "nodes.list", "List the endpoints of one's own", answers: [.ok(.record(["nodes": .array(of: .node)]))])

    static let createNode = RouteDocument(
        "nodes.create", "Add an endpoint",
        details: "`prefix` stands before its models. Without `baseUrl` it is the vendor's own address.",
        body: .json(
            .object(["type": .cases(of: ProviderNode.Kind.self).orNull]).with(.nodeChange)
                .requiring(["name", "prefix"])),
        answers: [.created(.record(["node": .node]))], refusals: [.conflict])

    static let showNode = RouteDocument(
        "nodes.show", "Show an endpoint", answers: [.ok(.record(["node": .node]))], refusals: [.notFound])

    static let changeNode = RouteDocument(
        "nodes.change", "Change an endpoint", body: .optional(.nodeChange),
        answers: [.ok(.record(["node": .node]))], refusals: [.notFound, .conflict])

    static let deleteNode = RouteDocument(
        "nodes.delete", "Delete an endpoint and its connections", answers: [.ok(.success)], refusals: [.notFound])
}

extension JSONSchema {
    static let nodeChange = JSONSchema.object([
        "name": .string(minimum: 1, maximum: 200),
        "prefix": .string(minimum: 1, maximum: 32, pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$"),
        "baseUrl": .address.orNull, "apiType": .cases(of: ProviderNode.APIType.self).orNull,
    ])

    static let node = JSONSchema.component(
        "ProviderNode",
        .record([
            "id": .text, "type": .cases(of: ProviderNode.Kind.self), "name": .text, "prefix": .text,
            "apiType": .cases(of: ProviderNode.APIType.self).optional, "baseUrl": .text, "createdAt": .moment,
            "updatedAt": .moment,
        ]))
}
