"""What can be declared: one module for each construct."""

from cumulo.model.troposphere import prepare

prepare()
