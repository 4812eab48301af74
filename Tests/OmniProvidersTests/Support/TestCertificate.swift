import NIOSSL

/// A self-signed certificate for the name `localhost`, valid until 2126.
///
/// Its key protects nothing: it is published here.
enum TestCertificate {
    /// What a server that presents the certificate is configured with.
    static func server() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(certificate())],
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(keyText.utf8), format: .pem))))
    }

    /// A client that trusts this certificate and no other.
    static func trustingClient() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([try certificate()])
        return configuration
    }

    private static func certificate() throws -> NIOSSLCertificate {
        try NIOSSLCertificate(bytes: Array(certificateText.utf8), format: .pem)
    }

    static let certificateText = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATugAwIBAgIUV1vYHAoIE3IlXfmh/IKhFVz+tAkwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4NTk0MVoYDzIxMjYxMTAx
        MTg1OTQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAARlbYo95NLjKmT5YxgbXtweZ+f9rQa38u7MBcD9LB5nsQcoitNlglzX
        bX4FkBEDZRcvm8mHW1eC3ouqus8PwUFno2kwZzAdBgNVHQ4EFgQUdLwU0r1aDJIS
        VD2b/PZck3y+5A0wHwYDVR0jBBgwFoAUdLwU0r1aDJISVD2b/PZck3y+5A0wDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
        SQAwRgIhANhsMS2/lCnvDTyM3F9+JI6C08DZ9CeWZkNruLDWLq49AiEAmWg+KgmL
        NSFtsmmrwRA+VPKWfOpVjTX2zQ75/PxMXkA=
        -----END CERTIFICATE-----
        """

    private static let keyText = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNNsgVipYTzejlFVD
        nNzaZCgkJFicc/WkgLBsxBEcHbahRANCAARlbYo95NLjKmT5YxgbXtweZ+f9rQa3
        8u7MBcD9LB5nsQcoitNlglzXbX4FkBEDZRcvm8mHW1eC3ouqus8PwUFn
        -----END PRIVATE KEY-----
        """
}
