import Foundation

/// What the process was built with.
public enum Sanitizer {
  /// Whether the address or the thread sanitizer is in the process: all is some ten times slower then, and terabytes are mapped.
  public static let isLoaded = ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(nil, name) != nil }
}
