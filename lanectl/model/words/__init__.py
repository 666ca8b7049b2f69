"""What lanectl says to people: zh-CN first, English beside, each with what to do next."""
