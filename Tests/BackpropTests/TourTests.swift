import TestSupport
import Testing

@testable import backprop

struct TourTests {
  @Test(arguments: Tour.lessons.indices) func lessonPrintsWhatItDid(_ index: Int) throws {
    #expect(try Golden.difference(of: try Tour.lessons[index].text(), from: "Snapshots/tour\(index + 1).txt") == nil)
  }

  @Test func lessonsSayWhatTheMathematicsSays() throws {
    let texts = try Tour.lessons.map { try $0.text() }
    #expect(texts[0].contains("x.grad = tensor([4.0000, 5.3333, 6.6667])"))
    #expect(texts[1].contains("x.grad = tensor([0.2000, 4.0000, 0.0060])"))
    #expect(texts[2].contains("x.grad =\ntensor([[4.5000, 4.5000],"))
    #expect(texts[5].contains("automatic  df/da = 12, df/db = -4") && texts[5].contains("automatic  df/da = 0, df/db = 0"))
    #expect(texts[5].contains("numeric    df/da ≈ 12, df/db ≈ -4") && texts[5].contains("numeric    df/da = 0, df/db = 0"))
    #expect(texts[6].contains("dj/dw1 = 247\n"))
    #expect(texts[8].contains("relu: gradient tensor([0., 0., 1.])"))
  }
}
