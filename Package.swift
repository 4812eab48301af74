// swift-tools-version:6.2
import PackageDescription

/// Language mode 6 (strict concurrency) comes with the tools version; warnings never land.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
// A request's functions stay where they are called: a look at where to go on at each of some thirty calls is saved.
let stayingSettings = settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")

let package = Package(
    name: "omniroute",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "omniroute", targets: ["omniroute"]),
        .library(name: "OmniJSON", targets: ["OmniJSON"]),
        .library(name: "OmniTranslate", targets: ["OmniTranslate"]),
        .library(name: "OmniCore", targets: ["OmniCore"]),
        .library(name: "OmniProviders", targets: ["OmniProviders"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(name: "OmniJSON", swiftSettings: settings),
        .target(name: "OmniTranslate", dependencies: ["OmniJSON"], swiftSettings: settings),
        .target(
            name: "OmniCore", dependencies: ["OmniJSON", "OmniTranslate", nioCore, logging, crypto],
            swiftSettings: stayingSettings),
        .target(
            name: "OmniProviders",
            dependencies: [
                "OmniCore", "OmniTranslate", "OmniJSON", "CCurl", nioCore, nioPosix, nioHTTP1, nioSSL, nioTLS,
                nioCompression,
            ],
            resources: [
                .embedInCode("Catalog/catalog.json"), .embedInCode("Catalog/pricing.json"),
                .embedInCode("Catalog/oauth.json"),
            ],
            swiftSettings: stayingSettings),
        .target(
            name: "OmniStore",
            dependencies: [
                "OmniCore", "OmniJSON", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"), crypto, cryptoExtras, logging, "CZlib",
            ], swiftSettings: settings),
        .target(
            name: "CCurl", path: "Plugins/CCurl", cSettings: [.treatAllWarnings(as: .error)],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "OmniTools", dependencies: ["OmniCore", "OmniJSON"], swiftSettings: settings),
        .systemLibrary(name: "CZlib", path: "Plugins/CZlib"),
        .executableTarget(
            name: "embed-assets", dependencies: ["CZlib"], path: "Plugins/EmbedAssets", swiftSettings: settings),
        .plugin(
            name: "EmbedDashboard", capability: .buildTool(), dependencies: ["embed-assets"],
            path: "Plugins/EmbedDashboard"),
        .target(
            name: "OmniHTTP",
            dependencies: [
                "OmniTools", "OmniCore", "OmniTranslate", "OmniJSON", nioCore, nioPosix, nioHTTP1, hummingbird,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"), logging, crypto, cryptoExtras,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], exclude: ["Dashboard/Assets"], swiftSettings: settings, plugins: ["EmbedDashboard"]),
        .executableTarget(
            name: "omniroute",
            dependencies: [
                "OmniHTTP", "OmniProviders", "OmniStore", "OmniTools", "OmniCore", "OmniJSON", logging, nioCore,
                nioPosix,
                hummingbird,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "routing-benchmark", dependencies: ["OmniCore", "OmniTranslate"], path: "Benchmarks/Routing",
            swiftSettings: settings),
        .executableTarget(
            name: "ledger-benchmark", dependencies: ["OmniCore", "OmniStore"], path: "Benchmarks/Ledger",
            swiftSettings: settings),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "OmniJSONTests", dependencies: ["OmniJSON"], swiftSettings: settings),
        .testTarget(
            name: "OmniTranslateTests", dependencies: ["OmniTranslate", "OmniJSON", "TestSupport"],
            resources: [.copy("Samples")], swiftSettings: settings),
        .testTarget(
            name: "OmniCoreTests", dependencies: ["OmniCore", "OmniTranslate", "OmniJSON", nioCore],
            swiftSettings: settings),
        .testTarget(
            name: "OmniProvidersTests",
            dependencies: [
                "OmniProviders", "OmniCore", "OmniTranslate", "OmniJSON", "CCurl", "TestSupport", nioCore, nioPosix,
                nioHTTP1,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OmniStoreTests",
            dependencies: [
                "OmniStore", "OmniCore", "OmniTranslate", "OmniJSON", .product(name: "GRDB", package: "GRDB.swift"),
                "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OmniToolsTests", dependencies: ["OmniTools", "OmniCore", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "OmniHTTPTests",
            dependencies: [
                "OmniHTTP", "OmniCore", "OmniStore", "OmniProviders", "OmniJSON", nioCore, nioPosix, nioHTTP1,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "HummingbirdTesting", package: "hummingbird"), "TestSupport",
            ], swiftSettings: settings),
    ]
)
