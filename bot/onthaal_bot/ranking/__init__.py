"""From a citizen's words to products: pure, without Rasa, the network or a clock.

`snapshot` reads the catalogue, `index` searches it in one language, `finder` weighs the languages and
`verdict` says how sure the answer is.
"""
