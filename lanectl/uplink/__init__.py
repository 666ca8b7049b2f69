"""The lane's line to the bureau: MQTT out, signed answers in. Reaches the lane only through its ports."""
