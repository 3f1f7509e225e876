"""A brain that is a language model in this process: a GGUF file (`brain: {gguf: path}`), run by llama.cpp."""
