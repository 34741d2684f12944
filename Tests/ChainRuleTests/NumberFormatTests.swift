import ChainRule
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

struct NumberFormatTests {
  @Test func matchesC() {
    #expect(formatted(0.1, style: "f", precision: 20) == "0.10000000000000000555")
    #expect(formatted(-1.5, style: "e", precision: 3) == "-1.500e+00")
    #expect(formatted(2.5, style: "f", precision: 0) == "2")
    #expect(formatted(0.5, style: "e", precision: 0) == "5e-01")
    #expect(formatted(-.nan, style: "f", precision: 4) == "nan")
    #expect(formatted(-.infinity, style: "e", precision: 4) == "-inf")
    #expect(formatted(-0.0, style: "f", precision: 1) == "-0.0")
  }

  @Test func longestTextsFit() {
    let largest = -Double.greatestFiniteMagnitude
    #expect(formatted(largest, style: "f", precision: 1100).utf8.count == 1 + 309 + 1 + 1100)
    let smallest = formatted(.leastNonzeroMagnitude, style: "f", precision: 1074)
    #expect(smallest.hasSuffix("5") && smallest.utf8.count == 2 + 1074)
    #expect(TensorFormatterTests.floats([0.5], options: PrintOptions(precision: .max)).utf8.count == "tensor([0.])".count + 1100)
  }

  /// A program may set its locale; a tensor's text must not change. Skipped where the machine has no locale with a comma.
  @Test(.enabled(if: CommaLocale() != nil, "no locale with a decimal comma is installed"))
  func ignoresTheLocale() throws {
    let locale = try #require(CommaLocale())
    locale.use {
      #expect(formatted(-1234.5, style: "f", precision: 2) == "-1234.50")
      #expect(formatted(1234.5, style: "e", precision: 2) == "1.23e+03")
      #expect(formatted(1e9, style: "f", precision: 0) == "1000000000")
      #expect(formatted(.infinity, style: "f", precision: 2) == "inf")
    }
  }
}

/// A locale that writes numbers with something else than a point, set for one thread only.
private struct CommaLocale {
  let locale: locale_t

  init?() {
    for name in ["de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8", "ps_AF.UTF-8", "de_DE"] {
      guard let locale = newlocale(LC_NUMERIC_MASK, name, nil) else { continue }
      self.locale = locale
      return
    }
    return nil
  }

  func use(_ body: () -> Void) {
    let previous = uselocale(locale)
    defer { uselocale(previous) }
    body()
  }
}
