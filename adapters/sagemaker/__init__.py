"""The target `sagemaker`: Amazon SageMaker."""
