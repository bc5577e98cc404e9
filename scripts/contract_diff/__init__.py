"""`make contract-diff`: what changed between two contracts, and what of it breaks clients. Spec: DIFF-1 to DIFF-12.

Two questions are asked of every schema: may everything that was sent still be sent, and was everything that is now
answered answered before. Whatever cannot be decided is said to be unclear and counts as breaking.
"""
