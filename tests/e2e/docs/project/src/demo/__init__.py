"""A library that has just enough to be documented."""

__version__ = "1.0.0.dev0"


class DemoScheduler:
    """A schedule of noise whose description is looked for.

    Args:
        num_steps (`int`, *optional*, defaults to 4):
            How many steps the schedule has.
        option_1 (`float`, *optional*, defaults to 0.5):
            What option_1 does, in a line that is long enough to look like a real one.
        option_2 (`float`, *optional*, defaults to 0.5):
            What option_2 does, in a line that is long enough to look like a real one.
        option_3 (`float`, *optional*, defaults to 0.5):
            What option_3 does, in a line that is long enough to look like a real one.
        option_4 (`float`, *optional*, defaults to 0.5):
            What option_4 does, in a line that is long enough to look like a real one.
        option_5 (`float`, *optional*, defaults to 0.5):
            What option_5 does, in a line that is long enough to look like a real one.
        option_6 (`float`, *optional*, defaults to 0.5):
            What option_6 does, in a line that is long enough to look like a real one.
        option_7 (`float`, *optional*, defaults to 0.5):
            What option_7 does, in a line that is long enough to look like a real one.
        option_8 (`float`, *optional*, defaults to 0.5):
            What option_8 does, in a line that is long enough to look like a real one.
        option_9 (`float`, *optional*, defaults to 0.5):
            What option_9 does, in a line that is long enough to look like a real one.
        option_10 (`float`, *optional*, defaults to 0.5):
            What option_10 does, in a line that is long enough to look like a real one.
        option_11 (`float`, *optional*, defaults to 0.5):
            What option_11 does, in a line that is long enough to look like a real one.
        option_12 (`float`, *optional*, defaults to 0.5):
            What option_12 does, in a line that is long enough to look like a real one.
        option_13 (`float`, *optional*, defaults to 0.5):
            What option_13 does, in a line that is long enough to look like a real one.
        option_14 (`float`, *optional*, defaults to 0.5):
            What option_14 does, in a line that is long enough to look like a real one.
        option_15 (`float`, *optional*, defaults to 0.5):
            What option_15 does, in a line that is long enough to look like a real one.
        option_16 (`float`, *optional*, defaults to 0.5):
            What option_16 does, in a line that is long enough to look like a real one.
        option_17 (`float`, *optional*, defaults to 0.5):
            What option_17 does, in a line that is long enough to look like a real one.
        option_18 (`float`, *optional*, defaults to 0.5):
            What option_18 does, in a line that is long enough to look like a real one.
        option_19 (`float`, *optional*, defaults to 0.5):
            What option_19 does, in a line that is long enough to look like a real one.
        option_20 (`float`, *optional*, defaults to 0.5):
            What option_20 does, in a line that is long enough to look like a real one.
        option_21 (`float`, *optional*, defaults to 0.5):
            What option_21 does, in a line that is long enough to look like a real one.
        option_22 (`float`, *optional*, defaults to 0.5):
            What option_22 does, in a line that is long enough to look like a real one.
        option_23 (`float`, *optional*, defaults to 0.5):
            What option_23 does, in a line that is long enough to look like a real one.
        option_24 (`float`, *optional*, defaults to 0.5):
            What option_24 does, in a line that is long enough to look like a real one.
        option_25 (`float`, *optional*, defaults to 0.5):
            What option_25 does, in a line that is long enough to look like a real one.
        option_26 (`float`, *optional*, defaults to 0.5):
            What option_26 does, in a line that is long enough to look like a real one.
        option_27 (`float`, *optional*, defaults to 0.5):
            What option_27 does, in a line that is long enough to look like a real one.
        option_28 (`float`, *optional*, defaults to 0.5):
            What option_28 does, in a line that is long enough to look like a real one.
        option_29 (`float`, *optional*, defaults to 0.5):
            What option_29 does, in a line that is long enough to look like a real one.
        option_30 (`float`, *optional*, defaults to 0.5):
            What option_30 does, in a line that is long enough to look like a real one.
    """

    def __init__(self, num_steps: int = 4, option_1: float = 0.5, option_2: float = 0.5, option_3: float = 0.5, option_4: float = 0.5, option_5: float = 0.5, option_6: float = 0.5, option_7: float = 0.5, option_8: float = 0.5, option_9: float = 0.5, option_10: float = 0.5, option_11: float = 0.5, option_12: float = 0.5, option_13: float = 0.5, option_14: float = 0.5, option_15: float = 0.5, option_16: float = 0.5, option_17: float = 0.5, option_18: float = 0.5, option_19: float = 0.5, option_20: float = 0.5, option_21: float = 0.5, option_22: float = 0.5, option_23: float = 0.5, option_24: float = 0.5, option_25: float = 0.5, option_26: float = 0.5, option_27: float = 0.5, option_28: float = 0.5, option_29: float = 0.5, option_30: float = 0.5):
        self.num_steps = num_steps

    def step(self, sample):
        """Takes one step of the schedule.

        Args:
            sample (`list`): What to change.

        Returns:
            `list`: The changed sample.
        """
        return sample

    def set_timesteps(self, num_inference_steps: int):
        """Makes a schedule of so many steps."""
