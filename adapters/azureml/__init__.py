"""The target `azureml`: Azure Machine Learning."""
