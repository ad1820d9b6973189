"""The first line of Onthaal: a Rasa bot without TensorFlow and a ranker over the product catalogue."""
