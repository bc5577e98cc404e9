"""`make lint-contract`: the style that the contract keeps so that it can be carried exactly. Spec: GEN-14.

Every finding has a file, a line, a JSON pointer and the name of its rule. What the generator refuses anyway (a oneOf
with branches that may overlap, tightening by allOf, optional security) is not looked for again.
"""
