"""Understanding a change: is it more than noise, where does it come from, and where would it help most. Pure.

Every module takes plain sequences of labels and numbers, whatever computed them, and answers with frozen figures and
sentences. What cannot be answered honestly is a `NoAnswer` with the reason, never a number.
"""
