"""Work outside a request (ADR 11): what each kind of job does (a module a topic), and the workers that do it.

Like views and commands, jobs look at the clock, sign history and commit; they know no request and no Flask.
"""
