// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let containers = #"""
    ## Sequential

    Layers applied one after another.

    ```swift
    let model = Sequential { Linear(784, 128); ReLU(); Linear(128, 10) }
    model.append(LogSoftmax(dim: -1))
    model[2] = Linear(128, 5)
    let head = model[2...]
    ```

    The block may hold `if` and `for`. Layers are called by their places in a state, or by names that are given.

    `Sequential(_:)`

    The layers of an array.

    - `layers`: `[any Layer]`

    `Sequential(_:)`

    The layers given.

    - `layers`: `any Layer...`

    `Sequential(@LayerBuilder:)`

    The layers of a block.

    - `layers`: `() -> [any Layer]`

    `Sequential(_:)`

    Layers with names, under which a state has them: `Sequential(["fc": Linear(8, 8), "relu": ReLU()])`.

    - `layers`: `KeyValuePairs<String, any Layer>`

    The call: Applies the layers in order.

    ## ModuleList

    Modules in a list, to be used as the owner likes.

    `ModuleList(_:)`

    The modules of an array.

    - `modules`: `[any Module] = []`

    ## ModuleDictionary

    Modules by name, in the order they were added.

    `ModuleDictionary(_:)`

    The modules given; of equal names the last counts.

    - `modules`: `KeyValuePairs<String, any Module> = [:]`

    ## ParameterList

    Parameters in a list, to be used as the owner likes; their names in a state are `0`, `1` and so on.

    ```swift
    final class Mixture: Module {
      let scales = ParameterList((0..<4).map { _ in Tensor.randn(8) })
    }
    ```

    `ParameterList(_:)`

    The parameters with these values; leaves are taken as they are.

    - `values`: `[Tensor] = []`

    ## ParameterDictionary

    Parameters by name, in the order they were added.

    `ParameterDictionary(_:)`

    The parameters with these values; of equal names the last counts, and leaves are taken as they are.

    - `values`: `KeyValuePairs<String, Tensor> = [:]`

    """#
}
