import ChainRule
import Testing

@Suite struct ThreadCountTests {
  /// In a process of its own: the count is the whole process's, and other tests run beside this one.
  @Test func theCountIsWhatWasSaid() async {
    await #expect(processExitsWith: .success) {
      setThreadCount(3)
      #expect(threadCount == 3)
      setThreadCount(Int.max)
      #expect(threadCount == 256)
      for count in [0, -1, Int.min] {
        let error = #expect(throws: TensorError.self) { try catching { setThreadCount(count) } }
        #expect(error?.description.contains("setThreadCount expects a positive integer, got \(count)") == true)
      }
      #expect(threadCount == 256)
    }
  }
}
