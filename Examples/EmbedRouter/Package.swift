// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "EmbedRouter",
    platforms: [.macOS(.v15)],
    dependencies: [
        // In a package of your own: .package(url: "<address of this repository>", from: "<version>")
        .package(name: "omniroute", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .executableTarget(
            name: "EmbedRouter",
            dependencies: [
                .product(name: "OmniCore", package: "omniroute"),
                .product(name: "OmniProviders", package: "omniroute"),
                .product(name: "OmniTranslate", package: "omniroute"),
                .product(name: "OmniJSON", package: "omniroute"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ])
    ]
)
