"""What is reached over HTTP: the door for what vendors tell by themselves."""
