"""Telling receivers of events: what is sent, how it is signed, where it may go, and the tasks that do it beside the calls."""
