"""The shell of a lane: clock, equipment, acquisition, runner, safety, locks."""
