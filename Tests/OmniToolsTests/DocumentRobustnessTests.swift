import OmniTools
import TestSupport
import Testing

/// Whatever stands in a file: it is read or refused, and an edit succeeds or leaves it alone.
@Suite struct DocumentRobustnessTests {
    struct Sample: Sendable {
        var format: DocumentFormat
        var text: String
        var edits: [DocumentEdit]
    }

    static let entry = DocumentEdit.Entry(list: ["list"], name: "name", text: "ours")
    static let samples: [Sample] = [
        Sample(
            format: .json,
            text:
                "\u{FEFF}{ // r\n  \"a\": {\"b\": [1, 'x', {c: null,},], /* s */ \"d\": \"\\u00e9\\\"\"},\r\n  \"list\": [{\"name\": \"ours\"}] }\n",
            edits: [.set(["a", "b"], .flag(true)), .setEntry(entry, [.init("k", .number(1))]), .remove(["a", "d"])]),
        Sample(
            format: .toml,
            text:
                "# r\na = \"x\" # y\nt = \"\"\"\nl\\u00e9\"\"\"\nd = 1979-05-27 07:32:00\nl = [1, # e\n 'x']\ni = { p.q = 1, r = {} }\r\n[a.\"b c\"]\nk = 0x1F\n[[h]]\nz = true\n[h.s]\ny = 1\n",
            edits: [.set(["a"], .text("n")), .set(["i", "p", "s"], .number(2)), .remove(["h"]), .remove(["i", "r"])]),
        Sample(
            format: .yaml,
            text:
                "%YAML 1.2\n---\na: 'it''s' # r\nb: |\n  x: y\n\nc: {d: [1, \"e\"],\n  f: 2}\nlist:\n- name: ours\n  k: &v >-\n    w\n- - x\n  - y\n\"q\": z\n",
            edits: [.set(["a"], .text("n")), .set(["q", "r"], .text("s")), .setEntry(entry, [.init("k", .text("l"))])]),
        Sample(
            format: .environment, text: "# r\nexport A='x y' # z\nB=\"l\\n\nm\"\nC = d\nE=\n",
            edits: [.set(["A"], .text("n")), .set(["Z"], .text("new \"")), .remove(["B"])]),
    ]

    private func check(_ bytes: [UInt8], _ sample: Sample) {
        guard var document = try? ConfigurationDocument(bytes, format: sample.format) else { return }
        for edit in sample.edits {
            let before = document.bytes
            do throws(DocumentFault) {
                try document.apply([edit])
                let again = try ConfigurationDocument(document.bytes, format: sample.format)
                #expect(again.value == document.value)
            } catch {
                #expect(document.bytes == before || error.code == .unsupported)
            }
        }
    }

    @Test(arguments: samples) func theSampleItselfIsRead(_ sample: Sample) throws {
        var document = try ConfigurationDocument(Array(sample.text.utf8), format: sample.format)
        #expect(throws: Never.self) { try document.apply([sample.edits[0]]) }
    }

    @Test(arguments: samples) func everyBeginningOfAFile(_ sample: Sample) {
        let bytes = Array(sample.text.utf8)
        for end in 0...bytes.count { check(Array(bytes[..<end]), sample) }
    }

    @Test(arguments: samples) func damagedFiles(_ sample: Sample) {
        var numbers = SeededNumbers(seed: 42)
        let bytes = Array(sample.text.utf8)
        let marks = Array("{}[]\"'\\#:,=-|>&*!% \t\n\r.x0".utf8)
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<3 {
                let state = numbers.next()
                let place = Int(state >> 33) % damaged.count
                let mark = marks[Int(state >> 20) % marks.count]
                switch state >> 61 {
                case 0...2: damaged[place] = mark
                case 3...5: damaged.insert(mark, at: place)
                default: damaged.remove(at: place)
                }
            }
            check(damaged, sample)
        }
    }
}
