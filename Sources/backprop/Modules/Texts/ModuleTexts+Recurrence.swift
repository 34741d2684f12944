// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let recurrence = #"""
    ## GRU

    A gated recurrent unit (Cho et al. 2014), in one or several layers.

    For each step, with * element by element:

    ```swift
    r, z = sigmoid of x w_ih' + b_ih + h w_hh' + b_hh
    n = tanh(x w_in' + b_in + r * (h w_hn' + b_hn))
    h = (1 - z) * n + z * h
    ```

    ```swift
    let gru = GRU(64, 256, batchFirst: true)
    let (output, state) = gru(x)      // [batch, steps, 64] to [batch, steps, 256]
    ```

    `GRU(_:_:numLayers:bias:batchFirst:dropout:bidirectional:dtype:generator:)`

    States from vectors of `inputs` elements.

    - `inputs`: `Int` - the number of features of an input.
    - `hidden`: `Int` - the number of features of a state.
    - `numLayers`: `Int = 1` - each goes through the outputs of the one before.
    - `bias`: `Bool = true` - whether the gates have biases.
    - `batchFirst`: `Bool = false` - whether inputs and outputs are [batch, steps, ...]; states never are.
    - `dropout`: `Double = 0` - the probability with which an output that another layer reads is dropped while
      training.
    - `bidirectional`: `Bool = false` - whether each layer also goes from the last step to the first; an output is
      then both, one after the other.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns h at each step, and after the last one.
    - `x`: [steps, batch, inputs], [batch, steps, inputs] where the layer says so, or [steps, inputs].
    - `state`: [layers x directions, batch, size]; zeros where nil.

    The call: returns h at each step of packed sequences, and after the last one of each.

    ## LSTM

    A long short-term memory (Hochreiter and Schmidhuber 1997), in one or several layers.

    For each step, with * element by element:

    ```swift
    i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of x w_ih' + b_ih + h w_hh' + b_hh
    c = f * c + i * g
    h = o * tanh(c)
    ```

    ```swift
    let lstm = LSTM(64, 256, batchFirst: true)
    let (output, state) = lstm(x)      // [batch, steps, 64] to [batch, steps, 256]
    ```

    `LSTM(_:_:numLayers:bias:batchFirst:dropout:bidirectional:projSize:dtype:generator:)`

    States from vectors of `inputs` elements.

    - `inputs`: `Int` - the number of features of an input.
    - `hidden`: `Int` - the number of features of a state.
    - `numLayers`: `Int = 1` - each goes through the outputs of the one before.
    - `bias`: `Bool = true` - whether the gates have biases.
    - `batchFirst`: `Bool = false` - whether inputs and outputs are [batch, steps, ...]; states never are.
    - `dropout`: `Double = 0` - the probability with which an output that another layer reads is dropped while
      training.
    - `bidirectional`: `Bool = false` - whether each layer also goes from the last step to the first; an output is
      then both, one after the other.
    - `projSize`: `Int = 0` - the size h is brought to by a matrix of its own; 0 for none (Sak, Senior and
      Beaufays 2014).
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns h at each step, and h and c after the last one.
    - `x`: [steps, batch, inputs], [batch, steps, inputs] where the layer says so, or [steps, inputs].
    - `state`: [layers x directions, batch, size] each; zeros where nil.

    The call: returns h at each step of packed sequences, and h and c after the last one of each.

    ## RNN

    A simple recurrent network (Elman 1990), in one or several layers: h = tanh(x w_ih' + b_ih + h w_hh' + b_hh)
    at each step.

    ```swift
    let rnn = RNN(64, 256, batchFirst: true)
    let (output, state) = rnn(x)      // [batch, steps, 64] to [batch, steps, 256]
    ```

    `RNN(_:_:numLayers:nonlinearity:bias:batchFirst:dropout:bidirectional:dtype:generator:)`

    States from vectors of `inputs` elements.

    - `inputs`: `Int` - the number of features of an input.
    - `hidden`: `Int` - the number of features of a state.
    - `numLayers`: `Int = 1` - each goes through the outputs of the one before.
    - `nonlinearity`: `RecurrentNonlinearity = .tanh` - the function of each step.
    - `bias`: `Bool = true` - whether there are biases.
    - `batchFirst`: `Bool = false` - whether inputs and outputs are [batch, steps, ...]; states never are.
    - `dropout`: `Double = 0` - the probability with which an output that another layer reads is dropped while
      training.
    - `bidirectional`: `Bool = false` - whether each layer also goes from the last step to the first; an output is
      then both, one after the other.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns h at each step, and after the last one.
    - `x`: [steps, batch, inputs], [batch, steps, inputs] where the layer says so, or [steps, inputs].
    - `state`: [layers x directions, batch, size]; zeros where nil.

    The call: returns h at each step of packed sequences, and after the last one of each.

    ## RNNCell

    One step of a simple recurrent network: h = tanh(x w_ih' + b_ih + h w_hh' + b_hh).

    `RNNCell(_:_:bias:nonlinearity:dtype:generator:)`

    A state of `hidden` elements from vectors of `inputs`.

    - `inputs`: `Int` - the size of an input.
    - `hidden`: `Int`
    - `bias`: `Bool = true` - whether there is a bias.
    - `nonlinearity`: `RecurrentNonlinearity = .tanh`
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns the next state for x of [batch, inputs] or [inputs] and a state of [batch, hidden] or
    [hidden], zeros where nil.

    ## GRUCell

    One step of a gated recurrent unit: see `GRU`.

    `GRUCell(_:_:bias:dtype:generator:)`

    A state of `hidden` elements from vectors of `inputs`.

    - `inputs`: `Int` - the size of an input.
    - `hidden`: `Int`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns the next state for x of [batch, inputs] or [inputs] and a state of [batch, hidden] or
    [hidden], zeros where nil.

    ## LSTMCell

    One step of a long short-term memory: see `LSTM`.

    `LSTMCell(_:_:bias:dtype:generator:)`

    States of `hidden` elements from vectors of `inputs`.

    - `inputs`: `Int` - the size of an input.
    - `hidden`: `Int`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns the next states for x of [batch, inputs] or [inputs] and states of [batch, hidden] or
    [hidden], zeros where nil.

    """#
}
