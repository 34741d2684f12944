import ChainRuleData
import Testing

/// A file for every rule of the format that breaks this rule.
struct MalformedSafetensorsTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ expected: String, _ bytes: [UInt8]) {
      testDescription = expected
      self.bytes = bytes
    }

    init(_ expected: String, _ header: String, data: Int = 0) {
      self.init(expected, safetensors(header, data: [UInt8](repeating: 0, count: data)))
    }

    /// With one tensor of this description.
    static func tensor(_ expected: String, _ info: String, data: Int = 4) -> Case {
      Case(expected, #"{"x":{\#(info)}}"#, data: data)
    }
  }

  private static let x = #""x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#

  /// A second tensor beside `x`.
  private static func y(_ begin: Int, _ end: Int) -> String {
    #"{\#(x),"y":{"dtype":"U8","shape":[\#(end - begin)],"data_offsets":[\#(begin),\#(end)]}}"#
  }

  static let container: [Case] = [
    Case("byte 7: the file is cut short within the length of its header", [2, 0, 0, 0, 0, 0, 0]),
    Case("byte 0: a header of 18446744073709551615 bytes, where 100000000 are the most", [UInt8](repeating: 255, count: 10)),
    Case("byte 0: a header of 100000001 bytes, where 100000000 are the most", [1, 0xE1, 0xF5, 5, 0, 0, 0, 0, 0x7B, 0x7D]),
    Case("byte 10: the file is cut short within its header of 3 bytes", [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]),
    Case("byte 8: the header does not begin with {", [0, 0, 0, 0, 0, 0, 0, 0]),
    Case("byte 8: the header does not begin with {", " \n"),
    Case("byte 8: the header does not begin with {", "[]"),
    Case("byte 10: the header is not UTF-8", [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF]),
    Case("byte 10: the header is not UTF-8", [6, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xED, 0xA0, 0x80, 0x22]),
    Case("byte 10: the header is not UTF-8", [5, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xC0, 0x80, 0x22]),
    Case(#"byte 10: "\u{0}" after the end of the header's object"#, "{}\0"),
    Case(#"byte 11: "\u{b}" after the end of the header's object"#, "{}\n\u{b}"),
    Case(#"byte 11: "{" after the end of the header's object"#, "{} {}"),
    Case("byte 65: 1 bytes after the data of the last tensor", "{\(x)}", data: 5),
    Case("byte 10: 3 bytes after the data of the last tensor", "{}", data: 3),
  ]

  static let json: [Case] = [
    Case("byte 9: expected a string, found the end of the header", "{"),
    Case("byte 9: expected a string, found \"'\"", "{'x':1}"),
    Case(#"byte 9: expected a string, found "x""#, "{x:1}"),
    Case(#"byte 12: expected a colon after the key "x", found "}""#, #"{"x"}"#),
    Case("byte 11: a string without an end", #"{"x"#),
    Case("byte 12: a string without an end", #"{"x\"#),
    Case("byte 10: a control character within a string", "{\"\n\":{}}"),
    Case(#"byte 11: "x" after a backslash"#, #"{"\x":{}}"#),
    Case(#"byte 14: expected four hexadecimal digits, found "g""#, #"{"\u00g0":{}}"#),
    Case("byte 16: half of a surrogate pair", #"{"\ud800":{}}"#),
    Case("byte 16: half of a surrogate pair", #"{"\udc00":{}}"#),
    Case("byte 22: half of a surrogate pair", #"{"\ud800\u0041":{}}"#),
    Case(#"byte 61: expected a string, found "}""#, "{\(x),}", data: 4),
    Case(#"byte 61: expected a comma or the end of the object, found """#, "{\(x) \"", data: 4),
    Case(#"byte 60: expected a comma or the end of the object, found the end of the header"#, "{\(x)", data: 4),
    Case(#"byte 13: expected an object, found "[""#, #"{"x":[]}"#),
    Case(#"byte 13: expected an object, found "n""#, #"{"x":null}"#),
    Case(#"byte 24: expected an object, found "n""#, #"{"__metadata__":nil}"#),
    Case(#"byte 29: expected a string, found "1""#, #"{"__metadata__":{"a":1}}"#),
    Case(#"byte 29: expected a string, found "{""#, #"{"__metadata__":{"a":{}}}"#),
    Case(#"byte 13: expected an object, found "[""#, #"{"x":"# + String(repeating: "[", count: 100_000)),
    Case(#"byte 14: expected a string, found "{""#, #"{"x":"# + String(repeating: "{", count: 100_000)),
  ]

  static let keys: [Case] = [
    Case(#"byte 65: the key "x" appears twice"#, "{\(x),\(x)}", data: 4),
    Case(#"byte 70: the key "x" appears twice"#, #"{\#(x),"\u0078":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}"#, data: 4),
    Case(#"byte 43: the key "__metadata__" appears twice"#, #"{"__metadata__":{ },"__metadata__":{}}"#),
    Case(#"byte 36: the key "a" appears twice"#, #"{"__metadata__":{"a":"","a":""}}"#),
    .tensor(#"tensor "x": the key "dtype" is missing"#, #""type":"U8""#),
    .tensor(#"expected a value, found "n""#, #""dtype":"U8","shape":[4],"data_offsets":[0,4],"more":nothing"#),
    .tensor("a number with a leading zero", #""dtype":"U8","shape":[4],"data_offsets":[0,4],"more":01"#),
    .tensor(#"expected a value, found "}""#, #""dtype":"U8","shape":[4],"data_offsets":[0,4],"more":1."#),
    .tensor("values nested too deep", #""more":"# + String(repeating: "[", count: 100_000)),
    .tensor("values nested too deep", #""more":"# + String(repeating: #"{"a":"#, count: 9999)),
    .tensor(#"tensor "x": the key "dtype" appears twice"#, #""dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]"#),
    .tensor(#"tensor "x": the key "shape" appears twice"#, #""dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]"#),
    .tensor(#"tensor "x": the key "dtype" is missing"#, #""shape":[4],"data_offsets":[0,4]"#),
    .tensor(#"tensor "x": the key "shape" is missing"#, #""dtype":"U8","data_offsets":[0,4]"#),
    .tensor(#"tensor "x": the key "data_offsets" is missing"#, #""dtype":"U8","shape":[4]"#),
    .tensor(#"tensor "x": the key "dtype" is missing"#, ""),
    Case(
      #"the key "e\#u{301}" appears in two Unicode forms of the same text"#,
      #"{"é":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"e\u0301":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#),
  ]

  static let values: [Case] = [
    .tensor(#"expected a string, found "3""#, #""dtype":32,"shape":[1],"data_offsets":[0,4]"#),
    .tensor(#"expected an integer that is not negative, found "-""#, #""dtype":"U8","shape":[-4],"data_offsets":[0,4]"#),
    .tensor(#"expected a comma or the end of the list, found ".""#, #""dtype":"U8","shape":[4.0],"data_offsets":[0,4]"#),
    .tensor(#"expected a comma or the end of the list, found "e""#, #""dtype":"U8","shape":[4e0],"data_offsets":[0,4]"#),
    .tensor("an integer with a leading zero", #""dtype":"U8","shape":[04],"data_offsets":[0,4]"#),
    .tensor("an integer of more than 63 bits", #""dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,4]"#),
    .tensor(#"expected an integer that is not negative, found "]""#, #""dtype":"U8","shape":[4,],"data_offsets":[0,4]"#),
    .tensor(#"tensor "x": data_offsets [4] are not a beginning and an end"#, #""dtype":"U8","shape":[4],"data_offsets":[4]"#),
    .tensor(#"tensor "x": data_offsets [0, 4, 4] are not a"#, #""dtype":"U8","shape":[4],"data_offsets":[0,4,4]"#),
    .tensor(#"tensor "x": data_offsets [4, 0] are not a beginning and an end"#, #""dtype":"U8","shape":[4],"data_offsets":[4,0]"#),
    .tensor(#""x": shape [2] of float32 takes 8 bytes, its data_offsets hold 4"#, #""dtype":"F32","shape":[2],"data_offsets":[0,4]"#),
    .tensor(#""x": shape [3] of float4_e2m1fn is no whole number of bytes"#, #""dtype":"F4","shape":[3],"data_offsets":[0,4]"#),
    .tensor(
      #""x": shape [4294967296, 4294967296] of uint8 is no whole number of bytes, or too many"#,
      #""dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,4]"#),
    .tensor(
      #""x": shape [4611686018427387905] of float32 is no whole number of bytes, or too many"#,
      #""dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]"#),
    .tensor(
      #""x": shape [0, 9223372036854775807, 2] of uint8 is no whole number of bytes, or too many"#,
      #""dtype":"U8","shape":[0,9223372036854775807,2],"data_offsets":[0,0]"#),
    .tensor(#""x": its data ends at 4, the file has 3 bytes of data"#, #""dtype":"U8","shape":[4],"data_offsets":[0,4]"#, data: 3),
    .tensor(
      #""x": its data ends at 1152921504606846975, the file has 4 bytes of data"#,
      #""dtype":"U8","shape":[1152921504606846975],"data_offsets":[0,1152921504606846975]"#),
    .tensor(
      #""x": its data begins at 1, that before ends at 0: a gap"#, #""dtype":"U8","shape":[4],"data_offsets":[1,5]"#, data: 5),
    Case(#""y": its data begins at 5, that before ends at 4: a gap"#, y(5, 6), data: 6),
    Case(#""y": its data begins at 3, that before ends at 4: an overlap"#, y(3, 6), data: 6),
    Case(#""y": its data begins at 0, that before ends at 4: an overlap"#, y(0, 4), data: 4),
  ]

  @Test(arguments: container + json + keys + values) func givesOneClearError(_ malformed: Case) {
    let text = message { _ = try SafetensorsFile(Bytes(malformed.bytes), path: "f") }
    #expect(text.hasPrefix("f: ") && text.contains(malformed.testDescription), "\(text)")
    #expect(!text.contains("\n") && text.utf8.count < 250)
  }
}
