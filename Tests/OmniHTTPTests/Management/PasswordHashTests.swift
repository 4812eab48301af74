import Testing

@testable import OmniHTTP

/// How passwords are kept.
@Suite struct PasswordHashTests {
    /// RFC 7914, chapter 12, and one of our own.
    @Test(arguments: [
        (
            "password", "scrypt$1024$8$16$4e61436c$fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
            true
        ),
        (
            "pleaseletmein",
            "scrypt$16384$8$1$536f6469756d43686c6f72696465$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
            true
        ),
        (
            "pleaseletmeout",
            "scrypt$16384$8$1$536f6469756d43686c6f72696465$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
            false
        ),
    ])
    func verifiesKnownHashes(password: String, hash: String, expected: Bool) throws {
        #expect(try PasswordHash.verify(password, against: hash) == expected)
    }

    @Test func saltsEveryHash() throws {
        let hashes = [try PasswordHash.make("grüße"), try PasswordHash.make("grüße")]
        #expect(hashes[0] != hashes[1])
        for hash in hashes {
            #expect(hash.hasPrefix("scrypt$16384$8$1$"))
            #expect(try PasswordHash.verify("grüße", against: hash))
            #expect(try !PasswordHash.verify("grusse", against: hash))
        }
    }

    /// A hash that cannot be read opens nothing and stops nothing.
    @Test(arguments: [
        "", "scrypt", "plain", "$2b$12$abcdefghijklmnopqrstuv", "scrypt$16384$8$1$zz$00", "scrypt$16384$8$1$00",
        "scrypt$16384$8$1$0$00",
        "bcrypt$16384$8$1$4e61436c$fdba", "scrypt$x$8$1$4e61436c$fdba", "scrypt$16384$8$1$4e61436c$",
        "scrypt$16384$8$1$4e61436c$fdba", "scrypt$0$8$1$4e61436c$fdba",
        "scrypt$1000$8$1$4e61436c$fdba",
    ])
    func doesNotAcceptWhatItCannotRead(hash: String) {
        // Refusing by an error is as good: the login fails either way.
        let isAccepted = (try? PasswordHash.verify("password", against: hash)) ?? false
        #expect(!isAccepted)
    }

    /// Numbers that no machine can work with must not end the daemon.
    @Test func survivesADamagedHash() async {
        await #expect(processExitsWith: .success) {
            for numbers in ["9223372036854775807$8$1", "16384$9223372036854775807$1", "-1$8$1", "16384$8$0"] {
                let isAccepted =
                    (try? PasswordHash.verify("password", against: "scrypt$\(numbers)$4e61436c$fdba")) ?? false
                precondition(!isAccepted)
            }
        }
    }
}
